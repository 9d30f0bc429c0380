//! Who owns screen and input, and what must be there for worlds to have them.

use cloister_policy_format::{DeviceSelector, LegacyDevice, Role, SubjectIndex, VirtualDevices};

use super::owner;
use crate::{
    check::Check,
    context::Context,
    diagnostic::{Diagnostic, Findings, quote},
    model::Subject,
};

/// A keyboard that others hear.
pub static INPUT_OWNER: Check = Check::error(
    "P170",
    "input-owner",
    "Keyboard and other input devices belong to the GUI or to a driver, never to a world.",
    input_owner,
);
/// A screen of others.
pub static SCREEN_OWNER: Check =
    Check::error("P171", "screen-owner", "Graphics devices belong to the GUI.", screen_owner);
/// A GUI that is none.
pub static GUI_ROLE: Check = Check::error(
    "P172",
    "gui-role",
    "The display's GUI has role `gui` and is trusted, and no other component has that role.",
    gui_role,
);
/// A screen without a display.
pub static NO_DISPLAY: Check = Check::error(
    "P173",
    "display-missing",
    "Worlds have a console, display or input only if there is a `[display]`.",
    no_display,
);
/// Sound without a room.
pub static NO_AUDIO: Check = Check::error(
    "P174",
    "audio-missing",
    "Worlds have audio or a microphone only if there is an `[audio]`.",
    no_audio,
);
/// A log that nobody reads.
pub static NO_LOG: Check =
    Check::error("P175", "log-missing", "Worlds have a log only if there is a `[log]`.", no_log);
/// An attester that is none.
pub static ATTESTER: Check = Check::error(
    "P176",
    "attester-role",
    "The attester has role `attester` and is trusted.",
    attester,
);

/// The rules of this file.
pub static CHECKS: &[&Check] =
    &[&INPUT_OWNER, &SCREEN_OWNER, &GUI_ROLE, &NO_DISPLAY, &NO_AUDIO, &NO_LOG, &ATTESTER];

fn input_owner(context: &Context<'_>, findings: &mut Findings) {
    for device in &context.policy.devices {
        let input = device.selectors.iter().any(|selector| {
            matches!(
                selector.value,
                DeviceSelector::Legacy(LegacyDevice::KeyboardController)
                    | DeviceSelector::Class { base: 0x09, .. }
            )
        });
        let Some((owner, reference)) = owner(device).filter(|_| input) else { continue };
        if !has_role(context, owner, &[Role::Gui, Role::Driver]) {
            findings.push(
                Diagnostic::new(
                    &INPUT_OWNER,
                    reference.span,
                    format!(
                        "{} would own input device {} and see all that is typed",
                        context.subject(owner),
                        quote(&device.name.value)
                    ),
                )
                .help("give the device to the GUI; worlds get `input` in their `devices`, while they have the focus"),
            );
        }
    }
}

fn screen_owner(context: &Context<'_>, findings: &mut Findings) {
    for device in &context.policy.devices {
        let screen = device.selectors.iter().any(|selector| {
            matches!(
                selector.value,
                DeviceSelector::Legacy(LegacyDevice::Vga)
                    | DeviceSelector::Class { base: 0x03, .. }
            )
        });
        let Some((owner, reference)) = owner(device).filter(|_| screen) else { continue };
        if !has_role(context, owner, &[Role::Gui]) {
            findings.push(
                Diagnostic::new(
                    &SCREEN_OWNER,
                    reference.span,
                    format!(
                        "{} would own graphics device {} and could draw over every label",
                        context.subject(owner),
                        quote(&device.name.value)
                    ),
                )
                .help("give the device to the GUI; worlds get `display` in their `devices`"),
            );
        }
    }
}

fn gui_role(context: &Context<'_>, findings: &mut Findings) {
    let display = context.policy.display.as_ref();
    let reference = display.and_then(|display| display.gui.as_ref());
    let gui = reference.and_then(|reference| reference.target);
    if let (Some(reference), Some(Subject::Component(component))) =
        (reference, gui.and_then(|gui| context.policy.subject(gui)))
        && (component.role() != Role::Gui || !component.is_trusted())
    {
        findings.push(
            Diagnostic::new(
                &GUI_ROLE,
                reference.span,
                format!("component {} is not a trusted GUI", quote(&component.name.value)),
            )
            .also(component.name.span, "declared here")
            .help("write `role = \"gui\"` and `trusted = true` there, or name the component that has them"),
        );
    }
    for (index, subject) in context.policy.subjects() {
        let Subject::Component(component) = subject else { continue };
        let Some(role) = component.role.filter(|role| role.value == Role::Gui) else { continue };
        if Some(index) != gui {
            findings.push(
                Diagnostic::new(
                    &GUI_ROLE,
                    role.span,
                    format!("component {} is not the display's GUI", quote(&component.name.value)),
                )
                .help("give it another role, or name it in `gui` of `[display]`: there is one screen and one GUI"),
            );
        }
    }
}

fn no_display(context: &Context<'_>, findings: &mut Findings) {
    if context.policy.display.is_none() {
        let devices = [VirtualDevices::CONSOLE, VirtualDevices::DISPLAY, VirtualDevices::INPUT];
        without_section(context, findings, &NO_DISPLAY, &devices, "display");
    }
}

fn no_audio(context: &Context<'_>, findings: &mut Findings) {
    if !context.policy.has_audio {
        let devices = [VirtualDevices::AUDIO, VirtualDevices::MICROPHONE];
        without_section(context, findings, &NO_AUDIO, &devices, "audio");
    }
}

fn no_log(context: &Context<'_>, findings: &mut Findings) {
    if context.policy.log.is_none() {
        without_section(context, findings, &NO_LOG, &[VirtualDevices::LOG], "log");
    }
}

fn attester(context: &Context<'_>, findings: &mut Findings) {
    let attestation = context.policy.attestation.as_ref();
    let Some(reference) = attestation.and_then(|attestation| attestation.component.as_ref()) else {
        return;
    };
    let Some(Subject::Component(component)) =
        reference.target.and_then(|index| context.policy.subject(index))
    else {
        return;
    };
    if component.role() != Role::Attester || !component.is_trusted() {
        findings.push(
            Diagnostic::new(
                &ATTESTER,
                reference.span,
                format!("component {} is not a trusted attester", quote(&component.name.value)),
            )
            .also(component.name.span, "declared here")
            .help("write `role = \"attester\"` and `trusted = true` there"),
        );
    }
}

/// Whether the subject is a component of one of the roles.
fn has_role(context: &Context<'_>, subject: SubjectIndex, roles: &[Role]) -> bool {
    matches!(context.policy.subject(subject),
        Some(Subject::Component(component)) if roles.contains(&component.role()))
}

fn without_section(
    context: &Context<'_>,
    findings: &mut Findings,
    check: &'static Check,
    devices: &[VirtualDevices],
    section: &str,
) {
    for world in &context.policy.worlds {
        let given = devices.iter().find_map(|device| world.device(*device));
        if let Some(span) = given {
            findings.push(
                Diagnostic::new(
                    check,
                    span,
                    format!(
                        "world {} has {}, but the policy has no `[{section}]`",
                        quote(&world.name.value),
                        quote(context.source.slice(span).trim_matches(['"', '\'']))
                    ),
                )
                .help(format!("add a `[{section}]`, or take this from the world's `devices`")),
            );
        }
    }
}
