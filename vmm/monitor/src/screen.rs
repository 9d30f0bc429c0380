//! The world's screen: a channel that the guest writes by itself. The monitor only clears it.

use cloister_runtime::abi::{InfoPage, WorldPage};

/// Makes the screen black, so that a guest that starts again shows nothing of its earlier life.
pub fn clear(info: &'static InfoPage, page: &'static WorldPage) {
    let Some(channel) = info.channels().get(page.framebuffer_channel as usize) else { return };
    let [width, height] = page.framebuffer.map(u64::from);
    let bytes = (width * height * 4).min(channel.size);
    // SAFETY: the kernel maps the channel there, writable, as it is the world that writes it; it is the
    // guest's memory, and nothing of the monitor's own is in it.
    unsafe { core::ptr::write_bytes(channel.address as *mut u8, 0, bytes as usize) };
}
