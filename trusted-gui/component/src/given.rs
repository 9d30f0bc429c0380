//! What the boot program gave this component: the screen, memory for the picture, the policy.

use cloister_policy_format::PolicyView;
use cloister_runtime::abi::{DESK_ADDRESS, DESK_MAGIC, DeskPage, InfoPage, ScreenInfo};
use cloister_screen::geometry::Size;
use cloister_screen::scanout::{PixelFormat, Scanout};

/// The desk page.
pub fn page() -> Option<&'static DeskPage> {
    // SAFETY: the boot program maps the page there for the component that the policy names as its GUI,
    // read-only, filled and for good.
    let page = unsafe { &*(DESK_ADDRESS as *const DeskPage) };
    (page.magic == DESK_MAGIC).then_some(page)
}

/// The policy that the appliance was started by. The boot program has verified it.
pub fn policy(page: &'static DeskPage) -> Option<PolicyView<'static>> {
    let length = usize::try_from(page.policy.size).ok()?;
    // SAFETY: the boot program maps the file there, read-only and for good.
    let bytes = unsafe { core::slice::from_raw_parts(page.policy.address as *const u8, length) };
    PolicyView::decode(bytes).ok()
}

/// The size of the screen, if there is one.
pub fn size(screen: &ScreenInfo) -> Option<Size> {
    let side = |pixels: u32| i32::try_from(pixels).ok().filter(|pixels| *pixels > 0);
    Some(Size::new(side(screen.width)?, side(screen.height)?))
}

/// The screen's pixels. To be called once: there is only one screen.
pub fn screen(screen: &ScreenInfo, size: Size) -> Scanout<'static> {
    let stride = screen.stride as usize / 4;
    let count = stride * screen.height as usize;
    // SAFETY: the boot program maps the screen there for this component alone, aligned to a pixel; it
    // is memory that shows what is written to it.
    let pixels = unsafe { core::slice::from_raw_parts_mut(screen.address as *mut u32, count) };
    Scanout::new(pixels, size, stride, PixelFormat { shifts: screen.shifts })
}

/// The working memory as pixels. To be called once: there is only one.
pub fn pixels(&InfoPage { memory, memory_size, .. }: &InfoPage) -> &'static mut [u32] {
    let count = usize::try_from(memory_size / 4).unwrap_or(0);
    // SAFETY: the kernel maps the memory there, page by page and so aligned, for nobody else.
    unsafe { core::slice::from_raw_parts_mut(memory as *mut u32, count) }
}
