//! Advice: what is allowed and should be known.

use cloister_policy_format::{
    Restart,
    signature::{PublicKey, development::is_development_key},
};

use super::guards::moves_by_itself;
use crate::{
    check::Check,
    context::Context,
    date::Day,
    diagnostic::{Diagnostic, Findings, quote},
    model::Subject,
    reader::{show_duration, show_rate, show_size},
};

/// A talking kernel.
pub static DEBUG: Check =
    Check::warning("P220", "debug-on", "The kernel keeps its log to itself.", debug);
/// Time that is given.
pub static NOT_STRICT: Check =
    Check::warning("P221", "not-strict", "Idle time is burnt.", not_strict);
/// A subject that always comes back.
pub static RESTART_ALWAYS: Check = Check::warning(
    "P222",
    "restart-always",
    "A subject that stops again and again stays stopped.",
    restart_always,
);
/// A wide guard.
pub static WIDE_GUARD: Check =
    Check::warning("P223", "wide-guard", "A guard lets at most 1 MiB an hour down.", wide_guard);
/// A guard that ends soon.
pub static NEAR_EXPIRY: Check =
    Check::warning("P224", "near-expiry", "A guard works for at least 30 more days.", near_expiry);
/// A single approver.
pub static ONE_OFFICER: Check =
    Check::warning("P225", "single-officer", "At least two officers must sign.", one_officer);
/// Devices without bounds.
pub static UNSAFE_DMA: Check =
    Check::warning("P226", "unsafe-dma", "No device writes memory without an IOMMU.", unsafe_dma);
/// A guard that nobody watches.
pub static UNWATCHED: Check = Check::warning(
    "P227",
    "unwatched-guard",
    "Somebody looks at what a guard lets down.",
    unwatched,
);
/// A key that everybody has.
pub static DEVELOPMENT_KEY: Check = Check::warning(
    "P228",
    "development-key",
    "No officer's key is the development key, whose secret half is public.",
    development_key,
);
/// Binary content down.
pub static BINARY_GUARD: Check = Check::warning(
    "P229",
    "binary-guard",
    "A guard lets text down, not arbitrary bytes.",
    binary_guard,
);
/// Evidence without an anchor.
pub static NO_TPM: Check =
    Check::warning("P230", "tpm-optional", "Evidence is bound to a TPM.", no_tpm);
/// Low text in a high place, unseen.
pub static UNSEEN_PASTE: Check = Check::warning(
    "P231",
    "unseen-paste",
    "The user confirms a paste between worlds.",
    unseen_paste,
);

/// The rules of this file.
pub static CHECKS: &[&Check] = &[
    &DEBUG,
    &NOT_STRICT,
    &RESTART_ALWAYS,
    &WIDE_GUARD,
    &NEAR_EXPIRY,
    &ONE_OFFICER,
    &UNSAFE_DMA,
    &UNWATCHED,
    &DEVELOPMENT_KEY,
    &BINARY_GUARD,
    &NO_TPM,
    &UNSEEN_PASTE,
];

fn debug(context: &Context<'_>, findings: &mut Findings) {
    if let Some(debug) = context.policy.system.debug.filter(|debug| debug.value) {
        findings.push(
            Diagnostic::new(&DEBUG, debug.span, "the kernel writes its log to the serial line")
                .label("evidence says so, and an auditor may refuse it")
                .help("write `debug = false` for a machine in use"),
        );
    }
}

fn not_strict(context: &Context<'_>, findings: &mut Findings) {
    if let Some(strict) = context.policy.system.strict.filter(|strict| !strict.value) {
        findings.push(
            Diagnostic::new(&NOT_STRICT, strict.span, "idle time may be given along allowed flows")
                .label("higher worlds can tell how busy lower ones are")
                .help("write `strict = true` where that matters"),
        );
    }
}

fn restart_always(context: &Context<'_>, findings: &mut Findings) {
    for (_, subject) in context.policy.subjects() {
        let restart = match subject {
            Subject::World(world) => world.restart,
            Subject::Component(component) => component.restart,
        };
        if let Some(restart) = restart.filter(|restart| restart.value == Restart::Always) {
            findings.push(
                Diagnostic::new(
                    &RESTART_ALWAYS,
                    restart.span,
                    format!("{} starts again whatever happens", quote(&subject.name().value)),
                )
                .label("an attacker may try as often as it likes")
                .help("write `on-crash`, or `never`"),
            );
        }
    }
}

fn wide_guard(context: &Context<'_>, findings: &mut Findings) {
    const HOUR: u128 = 3_600_000_000_000;
    for guard in &context.policy.guards {
        let (Some(max), Some(rate)) = (guard.content.max, guard.content.rate) else { continue };
        let times = u128::from(rate.value.count) * HOUR / u128::from(rate.value.per.max(1));
        let bytes = u128::from(max.value) * times.max(1);
        if bytes > 1 << 20 {
            findings.push(
                Diagnostic::new(
                    &WIDE_GUARD,
                    rate.span,
                    format!(
                        "guard {} lets {} down {}, some {} MiB an hour",
                        quote(&guard.name.value),
                        show_size(max.value),
                        show_rate(rate.value),
                        bytes.div_ceil(1 << 20)
                    ),
                )
                .also(max.span, "the size of a transfer")
                .help("lower `rate` or `max` to what the reason needs"),
            );
        }
    }
}

fn near_expiry(context: &Context<'_>, findings: &mut Findings) {
    for guard in &context.policy.guards {
        let Some(expires) = guard.expires else { continue };
        let left = expires.value.checked_sub(context.today.0);
        if let Some(days) = left.filter(|days| *days < 30) {
            findings.push(
                Diagnostic::new(
                    &NEAR_EXPIRY,
                    expires.span,
                    format!(
                        "guard {} works until {}, {days} more days",
                        quote(&guard.name.value),
                        Day(expires.value).iso()
                    ),
                )
                .help("have its reason approved anew in time, or let it end"),
            );
        }
    }
}

fn one_officer(context: &Context<'_>, findings: &mut Findings) {
    if let Some(required) = context.policy.officers.required.filter(|required| required.value == 1)
    {
        findings.push(
            Diagnostic::new(
                &ONE_OFFICER,
                required.span,
                "one officer's signature is enough for the next policy",
            )
            .help("add officers and write `required = 2`"),
        );
    }
}

fn unsafe_dma(context: &Context<'_>, findings: &mut Findings) {
    let unsafe_dma = context.policy.system.unsafe_dma;
    if let Some(unsafe_dma) = unsafe_dma.filter(|unsafe_dma| unsafe_dma.value) {
        findings.push(
            Diagnostic::new(
                &UNSAFE_DMA,
                unsafe_dma.span,
                "devices may write all memory on a machine without IOMMU",
            )
            .label("screen and evidence say so")
            .help("delete the line and use a machine with an IOMMU"),
        );
    }
}

fn unwatched(context: &Context<'_>, findings: &mut Findings) {
    for guard in context.policy.guards.iter().filter(|guard| moves_by_itself(guard)) {
        findings.push(
            Diagnostic::new(
                &UNWATCHED,
                guard.confirm.map_or(guard.name.span, |confirm| confirm.span),
                format!("guard {} lets data down without asking anyone", quote(&guard.name.value)),
            )
            .help("write `confirm = \"user-sees-content\"` unless the filter alone suffices"),
        );
    }
}

fn development_key(context: &Context<'_>, findings: &mut Findings) {
    for officer in &context.policy.officers.keys {
        if let Some(key) = officer.key.filter(|key| is_development_key(&PublicKey(key.value))) {
            findings.push(
                Diagnostic::new(
                    &DEVELOPMENT_KEY,
                    key.span,
                    format!("officer {} has the development key", quote(&officer.name.value)),
                )
                .label("everybody can sign with it, and the screen says so")
                .help("make a key with `cloister-policy keygen` before the machine is used"),
            );
        }
    }
}

fn binary_guard(context: &Context<'_>, findings: &mut Findings) {
    for guard in &context.policy.guards {
        let charset = guard.content.charset;
        let binary = charset.filter(|it| it.value == cloister_policy_format::Charset::Binary);
        if let Some(charset) = binary {
            findings.push(
                Diagnostic::new(
                    &BINARY_GUARD,
                    charset.span,
                    format!("guard {} lets arbitrary bytes down", quote(&guard.name.value)),
                )
                .label("nobody can see what is hidden in them")
                .help("write `charset = \"ascii\"` if text is enough"),
            );
        }
    }
}

fn no_tpm(context: &Context<'_>, findings: &mut Findings) {
    let tpm = context.policy.attestation.as_ref().and_then(|attestation| attestation.tpm);
    let optional = tpm.filter(|tpm| tpm.value == cloister_policy_format::TpmRule::Optional);
    if let Some(tpm) = optional {
        findings.push(
            Diagnostic::new(&NO_TPM, tpm.span, "the appliance also starts without a TPM")
                .label("evidence then says so, and the default appraisal fails")
                .help("write `tpm = \"required\"` for a machine in use"),
        );
    }
}

fn unseen_paste(context: &Context<'_>, findings: &mut Findings) {
    for rule in &context.policy.clipboard {
        let confirm = rule.confirm;
        if let Some(confirm) =
            confirm.filter(|it| it.value == cloister_policy_format::Confirm::None)
        {
            findings.push(
                Diagnostic::new(
                    &UNSEEN_PASTE,
                    confirm.span,
                    format!(
                        "clipboard rule {} pastes without asking, within {}",
                        quote(&rule.name.value),
                        show_duration(rule.timeout.map_or(60_000_000_000, |timeout| timeout.value))
                    ),
                )
                .help(
                    "write `confirm = \"user-sees-content\"`, so that nothing is pasted by mistake",
                ),
            );
        }
    }
}
