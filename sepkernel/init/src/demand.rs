//! Whether the machine has what the policy needs: checked in one place, before anything is built, so that
//! the message can name who lacks what.

use cloister_abi::{INFO_PAGE_BYTES, VIRTUAL_PROCESSOR_BYTES, WORLD_PAGE_BYTES};
use cloister_hardware::layout::PAGE;
use cloister_policy_format::{CpuIndex, FileIndex, ImageIndex};

use crate::frames::Frames;
use crate::partition::Builder;
use crate::policy::called;
use crate::world::MONITOR_STACK;
use crate::{program, stop};

/// Memory of one part of the policy.
struct Need<'a> {
    /// What the policy calls who needs it.
    owner: (&'static str, &'a str),
    /// What for.
    purpose: &'static str,
    /// Bytes.
    size: u64,
}

/// Refuses a machine with too few processors or too little memory.
pub fn check(builder: &Builder<'_>, frames: &Frames) {
    check_processors(builder);
    let mut left = frames.left_for_subjects();
    let there = left;
    let mut first_lack = None;
    let mut total = 0_u64;
    each(builder, &mut |need| {
        total = need.size.saturating_add(total);
        match left.checked_sub(need.size) {
            Some(rest) => left = rest,
            None if first_lack.is_none() => first_lack = Some((need.size - left, need)),
            None => {}
        }
    });
    if let Some((lack, Need { owner: (kind, name), purpose, size })) = first_lack {
        stop!(
            "too little memory for {kind} {name}: its {purpose} of {} needs {} more than the machine \
             has left; the policy needs {} in all, {} are free",
            Bytes(size),
            Bytes(lack),
            Bytes(total),
            Bytes(there)
        );
    }
}

fn check_processors(builder: &Builder<'_>) {
    let (policy, processors) = (builder.policy, builder.apics.len());
    let beyond = |cpu: CpuIndex| cpu.position() >= processors;
    for frame in policy.minor_frames().iter().filter(|frame| beyond(frame.cpu)) {
        let Some(subject) = frame.subject else { continue };
        let (kind, name) = called(&policy, subject);
        stop!(
            "too few processors for {kind} {name}: it runs on processor {}, of {processors} that can \
             be used; the policy needs {} in all",
            frame.cpu.0,
            builder.processors_needed()
        );
    }
}

/// Calls `visit` with all memory that subjects need, in the order in which it is given out.
fn each<'a>(builder: &Builder<'a>, visit: &mut dyn FnMut(Need<'a>)) {
    let policy = builder.policy;
    for channel in policy.channels().iter() {
        let owner = ("channel", channel.name);
        visit(Need { owner, purpose: "memory", size: channel.size });
    }
    let program_size = |program| builder.file(program).map_or(0, program::size);
    if let Some(monitor) = policy.system().monitor {
        let program = program_size(monitor);
        for world in policy.worlds().iter() {
            let each = INFO_PAGE_BYTES + VIRTUAL_PROCESSOR_BYTES + MONITOR_STACK as usize;
            let own = WORLD_PAGE_BYTES + each * world.cpus.len() as usize;
            for (purpose, size) in [
                ("monitor", program + world.monitor_memory + own as u64),
                ("memory", world.memory),
                ("image", image_size(builder, world.image)),
            ] {
                visit(Need { owner: ("world", world.name), purpose, size });
            }
        }
    }
    for component in policy.components().iter() {
        for (purpose, size) in [
            ("program", program_size(component.program)),
            ("working memory", component.memory),
            ("stack", component.stack),
            ("info page", INFO_PAGE_BYTES as u64),
        ] {
            visit(Need { owner: ("component", component.name), purpose, size });
        }
    }
}

/// Bytes of the files of an image, of which each world has its own copy.
fn image_size(builder: &Builder<'_>, image: ImageIndex) -> u64 {
    let Some(image) = builder.policy.images().get(image.position()) else { return 0 };
    let files = [Some(image.kernel), image.initrd, image.disk];
    let size = |file: FileIndex| {
        builder.file(file).map(|content| (content.len() as u64).next_multiple_of(PAGE))
    };
    files.into_iter().flatten().filter_map(size).sum()
}

/// An amount of memory, in the largest unit that leaves little away.
struct Bytes(u64);

impl core::fmt::Display for Bytes {
    fn fmt(&self, text: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if self.0 >= 16 << 20 {
            write!(text, "{} MiB", self.0.div_ceil(1 << 20))
        } else {
            write!(text, "{} KiB", self.0.div_ceil(1 << 10))
        }
    }
}
