//! What a policy says is what the appliance decodes, for random sound policies.

use std::fmt::Write as _;

use cloister_policy::{
    compile::{Options, check, compile},
    diagnostic::Severity,
    synthetic::SyntheticFiles,
};
use cloister_policy_format::{
    ChannelKind, ChannelOrigin, CpuIndex, CpuSet, PolicyView, Restart, SubjectIndex,
};
use proptest::prelude::*;

const LEVELS: [&str; 3] = ["low", "middle", "high"];

#[derive(Clone, Debug)]
struct World {
    level: usize,
    compartment: bool,
    memory_mib: u64,
    restart: usize,
    autostart: bool,
}

#[derive(Clone, Debug)]
struct Channel {
    from: usize,
    to: usize,
    file_drop: bool,
    pages_log2: u32,
    event: bool,
}

#[derive(Clone, Debug)]
struct Plan {
    version: u32,
    strict: bool,
    worlds: Vec<World>,
    channels: Vec<Channel>,
}

fn world() -> impl Strategy<Value = World> {
    (0..LEVELS.len(), any::<bool>(), 1..200_u64, 0..3_usize, any::<bool>()).prop_map(
        |(level, compartment, memory, restart, autostart)| World {
            level,
            compartment,
            memory_mib: 2 * memory,
            restart,
            autostart,
        },
    )
}

fn plan() -> impl Strategy<Value = Plan> {
    let channel = (any::<usize>(), any::<usize>(), any::<bool>(), 0..9_u32, any::<bool>());
    let worlds = prop::collection::vec(world(), 1..9);
    (1..u32::MAX, any::<bool>(), worlds, prop::collection::vec(channel, 0..14)).prop_map(
        |(version, strict, worlds, channels)| {
            let dominates = |to: &World, from: &World| {
                to.level >= from.level && (to.compartment || !from.compartment)
            };
            let channels = channels
                .into_iter()
                .map(|(from, to, file_drop, pages_log2, event)| {
                    let (from, to) = (from % worlds.len(), to % worlds.len());
                    // A file drop has its own event.
                    Channel { from, to, file_drop, pages_log2, event: event && !file_drop }
                })
                .filter(|it| it.from != it.to && dominates(&worlds[it.to], &worlds[it.from]))
                .collect();
            Plan { version, strict, worlds, channels }
        },
    )
}

const RESTARTS: [(&str, Restart); 3] =
    [("never", Restart::Never), ("on-crash", Restart::OnCrash), ("always", Restart::Always)];

/// The plan in the policy language. Names have numbers of one width, so that the order of names
/// is the order of the plan.
fn text(plan: &Plan) -> String {
    let mut text = format!(
        "format = 1\n[system]\nname = \"random\"\nversion = {}\nstrict = {}\n\
         [machine]\nmemory = \"64 GiB\"\ncpus = 1\n\
         [lattice]\nlevels = [\"low\", \"middle\", \"high\"]\ncompartments = [\"alpha\"]\n\
         [image.debian]\nkernel = {{ file = \"vmlinuz\" }}\n\
         [officers]\nrequired = 2\n[officers.keys]\n\
         a = \"ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\"\n\
         b = \"ed25519:3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c\"\n",
        plan.version, plan.strict
    );
    for (level, color, pattern) in
        [("low", "#007A33", "solid"), ("middle", "#0033A0", "stripes"), ("high", "#C8102E", "dots")]
    {
        let short = level[..1].to_uppercase();
        let long = level.to_uppercase();
        let _ = writeln!(
            text,
            "[marking.{level}]\nlong = \"{long}\"\nshort = \"{short}\"\ncolor = \"{color}\"\n\
             pattern = \"{pattern}\""
        );
    }
    for (number, world) in plan.worlds.iter().enumerate() {
        let compartments = if world.compartment { "\"alpha\"" } else { "" };
        let _ = writeln!(
            text,
            "[world.w{number:02}]\nlevel = {{ classification = \"{}\", compartments = [{compartments}] }}\n\
             image = \"debian\"\nmemory = \"{} MiB\"\ncpus = [0]\nrestart = \"{}\"\nautostart = {}",
            LEVELS[world.level], world.memory_mib, RESTARTS[world.restart].0, world.autostart
        );
    }
    for (number, channel) in plan.channels.iter().enumerate() {
        let kind = if channel.file_drop { "file-drop" } else { "ring" };
        let _ = writeln!(
            text,
            "[channel.c{number:02}]\nfrom = \"w{:02}\"\nto = \"w{:02}\"\nkind = \"{kind}\"\nsize = \"{} KiB\"",
            channel.from,
            channel.to,
            4_u64 << channel.pages_log2
        );
        if channel.event {
            let _ = writeln!(text, "event = \"e{number}\"");
        }
    }
    let _ = writeln!(text, "[schedule]\nmajor-frame = \"{} ms\"\ncpu.0 = [", plan.worlds.len());
    for number in 0..plan.worlds.len() {
        let _ = writeln!(text, "{{ subject = \"w{number:02}\", time = \"1 ms\" }},");
    }
    text.push_str("]\n");
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_compiled_is_what_was_said(plan in plan()) {
        let options = Options { files: Some(&SyntheticFiles), ..Options::default() };
        let outcome = check("plan", text(&plan).into_bytes(), &options);
        let errors = outcome.diagnostics.iter().filter(|it| it.severity == Severity::Error);
        prop_assert!(outcome.is_sound(), "{:#?}", errors.collect::<Vec<_>>());
        let compiled = compile(&outcome).expect("sound");
        let view = PolicyView::decode(&compiled.bytes).expect("decodes");

        prop_assert_eq!(view.bytes(), &compiled.bytes[..]);
        prop_assert_eq!(view.system().name, "random");
        prop_assert_eq!(view.system().version, u64::from(plan.version));
        let strict = view.system().flags.contains(cloister_policy_format::Flags::STRICT);
        prop_assert_eq!(strict, plan.strict);
        prop_assert_eq!(view.system().major_frame, plan.worlds.len() as u64 * 1_000_000);

        prop_assert_eq!(view.worlds().len(), plan.worlds.len());
        for (number, (decoded, said)) in view.worlds().iter().zip(&plan.worlds).enumerate() {
            prop_assert_eq!(decoded.name, format!("w{number:02}"));
            prop_assert_eq!(decoded.level.classification.position(), said.level);
            prop_assert_eq!(decoded.level.compartments.contains(0), said.compartment);
            prop_assert_eq!(decoded.memory, said.memory_mib << 20);
            prop_assert_eq!(decoded.cpus, CpuSet::default().with(CpuIndex(0)));
            prop_assert_eq!(decoded.restart, RESTARTS[said.restart].1);
            prop_assert_eq!(decoded.autostart, said.autostart);
        }

        let declared = view.channels().iter().filter(|it| it.origin == ChannelOrigin::Declared);
        let declared: Vec<_> = declared.collect();
        prop_assert_eq!(declared.len(), plan.channels.len());
        for (number, (decoded, said)) in declared.iter().zip(&plan.channels).enumerate() {
            let kind = if said.file_drop { ChannelKind::FileDrop } else { ChannelKind::Ring };
            let event = said.event.then(|| format!("e{number}"));
            prop_assert_eq!(decoded.name, format!("c{number:02}"));
            prop_assert_eq!(decoded.writer, SubjectIndex(said.from as u32));
            prop_assert_eq!(decoded.reader, SubjectIndex(said.to as u32));
            prop_assert_eq!(decoded.kind, kind);
            prop_assert_eq!(decoded.size, 4096 << said.pages_log2);
            prop_assert_eq!(decoded.event, event.as_deref());
        }

        let frames: Vec<_> = view.minor_frames().iter().collect();
        prop_assert_eq!(frames.len(), plan.worlds.len());
        for (number, frame) in frames.iter().enumerate() {
            prop_assert_eq!(frame.subject, Some(SubjectIndex(number as u32)));
            prop_assert_eq!(frame.start, number as u64 * 1_000_000);
            prop_assert_eq!(frame.duration, 1_000_000);
        }
        let officers: Vec<_> = view.officers().iter().map(|officer| officer.name).collect();
        prop_assert_eq!(officers, ["a", "b"]);
    }

    /// Decoding is exact: whatever single byte changes, the result is another policy or none.
    #[test]
    fn another_byte_is_never_the_same_policy(plan in plan(), place in any::<usize>(), flip in 1..=u8::MAX) {
        let options = Options { files: Some(&SyntheticFiles), ..Options::default() };
        let outcome = check("plan", text(&plan).into_bytes(), &options);
        let compiled = compile(&outcome).expect("sound");
        let mut other = compiled.bytes.clone();
        let place = place % other.len();
        other[place] ^= flip;
        if let Ok(view) = PolicyView::decode(&other) {
            let original = PolicyView::decode(&compiled.bytes).expect("decodes");
            prop_assert_ne!(everything(&view), everything(&original));
        }
    }
}

/// All records of a policy, as text.
fn everything(view: &PolicyView<'_>) -> String {
    let mut text = format!("{:?} {:?}", view.system(), view.machine());
    macro_rules! add {
        ($($section:ident)*) => {
            $(let _ = write!(text, "{:?}", view.$section().iter().collect::<Vec<_>>());)*
        };
    }
    add!(classifications compartments files images worlds components devices links link_members);
    add!(networks network_ports channels clipboard_rules clipboard_ends guards minor_frames officers);
    text
}
