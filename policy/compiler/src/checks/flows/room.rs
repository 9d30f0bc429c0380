//! Screen, input and sound: what the room carries.

use cloister_policy_format::VirtualDevices;

use super::{forbidden, with_levels};
use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    flow::Carrier,
    model::World,
    source::Span,
};

/// A screen that shows too much.
pub static DISPLAY: Check = Check::error(
    "P076",
    "display-level",
    "The GUI, and the place where the screen stands, dominate each world shown.",
    display,
);
/// Input from someone too high.
pub static INPUT: Check = Check::error(
    "P077",
    "input-level",
    "The lowest level of the GUI is dominated by each world that gets input.",
    input,
);
/// Sound that too many hear.
pub static AUDIO: Check = Check::error(
    "P078",
    "audio-level",
    "The room that the loudspeaker is in dominates each world that sounds.",
    audio,
);
/// Sound that comes from too high.
pub static MICROPHONE: Check = Check::error(
    "P079",
    "microphone-level",
    "Each world with a microphone dominates the room that it is in.",
    microphone,
);

/// The rules of this file.
pub static CHECKS: &[&Check] = &[&DISPLAY, &INPUT, &AUDIO, &MICROPHONE];

fn display(context: &Context<'_>, findings: &mut Findings) {
    let Some(display) = &context.policy.display else { return };
    for edge in forbidden(context, |edge| edge.carrier == Carrier::Display) {
        let finding = Diagnostic::new(
            &DISPLAY,
            edge.span,
            format!("{} would be shown by {}", context.node(edge.from), context.node(edge.to)),
        )
        .help("raise `high` in the GUI's `levels`, or take the screen from this world's `devices`");
        findings.push(with_levels(
            context,
            finding,
            [(edge.from, "the world"), (edge.to, "the GUI")],
        ));
    }
    let Some(highest) = display.highest else { return };
    for world in &context.policy.worlds {
        let (Some(level), Some(span)) = (world.level, screen(world)) else { continue };
        if !highest.value.dominates(level.value) {
            findings.push(
                Diagnostic::new(
                    &DISPLAY,
                    span,
                    format!(
                        "world {} ({}) would be shown where at most {} may be seen",
                        quote(&world.name.value),
                        context.policy.lattice.describe(level.value),
                        context.policy.lattice.describe(highest.value)
                    ),
                )
                .also(highest.span, "the highest level that may be shown")
                .help("take the screen from this world's `devices`, or move the screen and say so in `highest`"),
            );
        }
    }
}

fn input(context: &Context<'_>, findings: &mut Findings) {
    for edge in forbidden(context, |edge| edge.carrier == Carrier::Input) {
        let finding = Diagnostic::new(
            &INPUT,
            edge.span,
            format!(
                "{} would type into {}, which is below its lowest level",
                context.node(edge.from),
                context.node(edge.to)
            ),
        )
        .help("lower `low` in the GUI's `levels`, or take `input` from this world's `devices`");
        findings.push(with_levels(
            context,
            finding,
            [(edge.to, "the world"), (edge.from, "the GUI")],
        ));
    }
}

fn audio(context: &Context<'_>, findings: &mut Findings) {
    for edge in forbidden(context, |edge| edge.carrier == Carrier::Audio) {
        let mut finding = Diagnostic::new(
            &AUDIO,
            edge.span,
            format!("{} would be heard in a room of a lower level", context.node(edge.from)),
        )
        .help("take `audio` from this world's `devices`, or raise the room's level if all who hear are cleared");
        if let Some(level) = context.policy.audio {
            finding = finding.also(
                level.span,
                format!("the room is {}", context.policy.lattice.describe(level.value)),
            );
        }
        findings.push(finding);
    }
}

fn microphone(context: &Context<'_>, findings: &mut Findings) {
    for edge in forbidden(context, |edge| edge.carrier == Carrier::Microphone) {
        let mut finding = Diagnostic::new(
            &MICROPHONE,
            edge.span,
            format!("{} would hear a room of a higher level", context.node(edge.to)),
        )
        .help("take `microphone` from this world's `devices`");
        if let Some(level) = context.policy.audio {
            finding = finding.also(
                level.span,
                format!("the room is {}", context.policy.lattice.describe(level.value)),
            );
        }
        findings.push(finding);
    }
}

fn screen(world: &World) -> Option<Span> {
    world.device(VirtualDevices::DISPLAY).or_else(|| world.device(VirtualDevices::CONSOLE))
}
