//! A world's framebuffer: memory that the world writes and this component reads.

use core::arch::asm;

use cloister_policy_format::Framebuffer;
use cloister_runtime::abi::ChannelInfo;
use cloister_screen::geometry::Size;
use cloister_screen::view::Pixels;

/// A world's framebuffer.
#[derive(Clone, Copy)]
pub struct Window {
    address: u64,
    width: u32,
    height: u32,
}

impl Window {
    /// The framebuffer in a channel; none if the channel is too small for it.
    pub fn new(channel: &ChannelInfo, framebuffer: Framebuffer) -> Option<Self> {
        let Framebuffer { width, height } = framebuffer;
        let whole = framebuffer.bytes() <= channel.size;
        whole.then_some(Self {
            address: channel.address,
            width: width.into(),
            height: height.into(),
        })
    }
}

impl Pixels for Window {
    fn size(&self) -> Size {
        // Both are 16 bits in the policy.
        Size::new(self.width as i32, self.height as i32)
    }

    fn row(&self, x: u32, y: u32, into: &mut [u32]) {
        let room = if y < self.height { self.width.saturating_sub(x) as usize } else { 0 };
        let (inside, outside) = into.split_at_mut(room.min(into.len()));
        outside.fill(0);
        if inside.is_empty() {
            return;
        }
        let offset = (u64::from(y) * u64::from(self.width) + u64::from(x)) * 4;
        // SAFETY: the pixels are in the framebuffer, which the boot program mapped there for reading,
        // for good. The world may write it at any time: the string instruction reads each pixel
        // once, and the compiler can neither repeat nor reorder it.
        unsafe {
            asm!("rep movsd", inout("rcx") inside.len() => _,
                inout("rdi") inside.as_mut_ptr() => _,
                inout("rsi") self.address + offset => _, options(nostack, preserves_flags));
        }
    }
}
