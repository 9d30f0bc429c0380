//! First light.
#![no_std]
#![no_main]

use cloister_runtime::abi::{
    ExitReason, FRAME_EVENT, InfoPage, PortAccess, Segment, TIMER_EVENT, VirtualProcessor,
    WorldPage,
};
use cloister_runtime::{call, component, log};

component!(main);

fn main(info: &'static InfoPage) -> ! {
    let world = unsafe { &*((info as *const InfoPage as u64 + 4096) as *const WorldPage) };
    log!("memory {:#x} kernel {}", world.memory_low, world.kernel.size);
    let page = unsafe { &mut *(world.virtual_processors as *mut VirtualProcessor) };
    let code: [u8; 30] = [0x0f,0x31,0x66,0x89,0xc7,0x66,0xbe,0xe8,3,0,0, 0x66,0x31,0xc0,0x0f,0xa2,0x66,0x4e,0x75,0xf7,0x0f,0x31,0x66,0x29,0xf8,0x66,0xe7,0xe9, 0xf4,0x90];
    unsafe {
        core::ptr::copy_nonoverlapping(
            code.as_ptr(),
            (world.memory + 0x1000) as *mut u8,
            code.len(),
        )
    };
    let seg = Segment { selector: 0, attributes: 0x93, limit: 0xffff, base: 0 };
    page.system.cs = Segment { attributes: 0x9b, ..seg };
    page.system.ss = seg;
    page.system.ds = seg;
    page.system.es = seg;
    page.system.fs = seg;
    page.system.gs = seg;
    page.system.ldtr = Segment { attributes: 0x82, ..seg };
    page.system.tr = Segment { attributes: 0x8b, ..seg };
    page.system.gdtr = seg;
    page.system.idtr = seg;
    page.system.cr0 = 0x10;
    page.system.dr6 = 0xffff0ff0;
    page.system.dr7 = 0x400;
    page.system.pat = 0x0007040600070406;
    page.general.rip = 0x1000;
    page.general.rflags = 2;
    page.orders.system_changed = 1;
    let mut n = 0;
    loop {
        let (code, events) = call::run_guest(TIMER_EVENT | FRAME_EVENT);
        let exit = &page.exit;
        if n < 40 {
            log!("code {code} events {events:#x} reason {}", exit.reason);
            log!("rip {:#x} exits {} halt {}", page.general.rip, exit.exits, exit.halted);
        }
        n += 1;
        if exit.reason == ExitReason::Port as u64 {
            let access = PortAccess::from_detail(exit.detail);
            if n < 40 {
                log!("port {:#x} value {:#x}", access.port, page.general.registers[0]);
            }
            page.general.rip = exit.next_rip;
        }
    }
}
