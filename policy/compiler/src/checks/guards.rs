//! Guards say all that there is to say about them.

use cloister_policy_format::{Confirm, Role, SubjectIndex};

use crate::{
    check::Check,
    context::Context,
    date::Day,
    diagnostic::{Diagnostic, Findings, quote},
    model::{Guard, LevelRange, Subject, SubjectReference},
};

/// A guard that is none.
pub static NOT_NEEDED: Check = Check::error(
    "P100",
    "guard-not-needed",
    "A guard leads to a level that does not dominate its source; otherwise a channel does.",
    not_needed,
);
/// A filter that is not one.
pub static COMPONENT: Check = Check::error(
    "P101",
    "guard-component",
    "A guard's component has role `guard`, is trusted, and handles the levels of both ends.",
    component,
);
/// No media type.
pub static NO_TYPE: Check =
    Check::error("P102", "guard-type", "A guard says which media type passes.", no_type);
/// No size.
pub static NO_LIMIT: Check =
    Check::error("P103", "guard-limit", "A guard says how large a transfer may be.", no_limit);
/// No rate.
pub static NO_RATE: Check =
    Check::error("P104", "guard-rate", "A guard says how often a transfer may happen.", no_rate);
/// No confirmation.
pub static NO_CONFIRM: Check = Check::error(
    "P105",
    "guard-confirm",
    "A guard says what the user does before data moves.",
    no_confirm,
);
/// No end.
pub static NO_EXPIRY: Check =
    Check::error("P106", "guard-expiry", "A guard says until when it works.", no_expiry);
/// No reason.
pub static NO_REASON: Check =
    Check::error("P107", "guard-reason", "A guard says why it exists.", no_reason);
/// An end that has passed.
pub static EXPIRED: Check =
    Check::error("P108", "guard-expired", "A guard's last day has not passed.", expired);
/// More than fits.
pub static LIMIT_TOO_LARGE: Check = Check::error(
    "P109",
    "guard-limit-size",
    "A guard's largest transfer fits into its channels.",
    limit_too_large,
);

/// The rules of this file.
pub static CHECKS: &[&Check] = &[
    &NOT_NEEDED,
    &COMPONENT,
    &NO_TYPE,
    &NO_LIMIT,
    &NO_RATE,
    &NO_CONFIRM,
    &NO_EXPIRY,
    &NO_REASON,
    &EXPIRED,
    &LIMIT_TOO_LARGE,
];

/// Length of each of a guard's channels, when the policy gives none.
pub const DEFAULT_SIZE: u64 = 64 << 10;

fn levels(
    context: &Context<'_>,
    reference: &Option<SubjectReference>,
) -> Option<(SubjectIndex, LevelRange)> {
    let subject = reference.as_ref()?.target?;
    Some((subject, context.policy.subject(subject)?.levels()?.value))
}

fn not_needed(context: &Context<'_>, findings: &mut Findings) {
    for guard in &context.policy.guards {
        let (Some((from, source)), Some((to, sink))) =
            (levels(context, &guard.from), levels(context, &guard.to))
        else {
            continue;
        };
        if sink.high.dominates(source.high) && from != to {
            findings.push(
                Diagnostic::new(
                    &NOT_NEEDED,
                    guard.name.span,
                    format!(
                        "guard {} is not needed: {} may tell {} anything",
                        quote(&guard.name.value),
                        context.subject(from),
                        context.subject(to)
                    ),
                )
                .help("use a `[channel]`, or turn the guard round if down was meant"),
            );
        }
    }
}

fn component(context: &Context<'_>, findings: &mut Findings) {
    for guard in &context.policy.guards {
        let Some(reference) = &guard.component else { continue };
        let subject = reference.target.and_then(|subject| context.policy.subject(subject));
        let Some(Subject::Component(component)) = subject else { continue };
        let name = quote(&component.name.value);
        let mut missing = Vec::new();
        if component.role() != Role::Guard {
            missing.push("has no `role = \"guard\"`".to_owned());
        }
        if !component.is_trusted() {
            missing.push("is not `trusted`".to_owned());
        }
        if let Some(handled) = component.levels {
            for (end, levels) in
                [("from", levels(context, &guard.from)), ("to", levels(context, &guard.to))]
            {
                let Some((_, levels)) = levels else { continue };
                let fits = handled.value.high.dominates(levels.high)
                    && levels.low.dominates(handled.value.low);
                if !fits {
                    missing.push(format!(
                        "does not handle the level of `{end}`, {}",
                        context.levels(levels)
                    ));
                }
            }
        }
        if !missing.is_empty() {
            findings.push(
                Diagnostic::new(
                    &COMPONENT,
                    reference.span,
                    format!(
                        "component {name} cannot be guard {}: it {}",
                        quote(&guard.name.value),
                        missing.join(", and ")
                    ),
                )
                .also(component.name.span, "the component")
                .help("name a component with `role = \"guard\"`, `trusted = true`, and `levels` from the lower end to the higher"),
            );
        }
    }
}

/// Reports guards that leave something open.
fn say(
    context: &Context<'_>,
    findings: &mut Findings,
    check: &'static Check,
    silent: impl Fn(&Guard) -> bool,
    (key, what): (&str, &str),
    help: &str,
) {
    // What is said badly is already reported; it is not silence.
    let malformed = |guard: &Guard| {
        guard.malformed.iter().any(|it| *it == key || *it == "content" && key != "expires")
    };
    let silent = |guard: &&Guard| silent(guard) && !malformed(guard);
    for guard in context.policy.guards.iter().filter(silent) {
        findings.push(
            Diagnostic::new(
                check,
                guard.name.span,
                format!("guard {} does not say {what}", quote(&guard.name.value)),
            )
            .help(help),
        );
    }
}

fn no_type(context: &Context<'_>, findings: &mut Findings) {
    let help = "add `type` to its `content`, such as `type = \"text/plain\"`";
    say(
        context,
        findings,
        &NO_TYPE,
        |it| it.content.media_type.is_none(),
        ("type", "which type of content passes"),
        help,
    );
}

fn no_limit(context: &Context<'_>, findings: &mut Findings) {
    let help = "add `max` to its `content`, such as `max = \"4 KiB\"`";
    say(
        context,
        findings,
        &NO_LIMIT,
        |it| it.content.max.is_none(),
        ("max", "how large a transfer may be"),
        help,
    );
}

fn no_rate(context: &Context<'_>, findings: &mut Findings) {
    let help = "add `rate` to its `content`, such as `rate = \"10/min\"`";
    say(
        context,
        findings,
        &NO_RATE,
        |it| it.content.rate.is_none(),
        ("rate", "how often a transfer may happen"),
        help,
    );
}

fn no_confirm(context: &Context<'_>, findings: &mut Findings) {
    let help = "add `confirm = \"user-sees-content\"`, or `user-confirms`, or openly `none`";
    say(
        context,
        findings,
        &NO_CONFIRM,
        |it| it.confirm.is_none(),
        ("confirm", "what the user does before data moves"),
        help,
    );
}

fn no_expiry(context: &Context<'_>, findings: &mut Findings) {
    let help = "add `expires` with its last day, such as `expires = 2027-06-30`";
    say(
        context,
        findings,
        &NO_EXPIRY,
        |it| it.expires.is_none(),
        ("expires", "until when it works"),
        help,
    );
}

fn no_reason(context: &Context<'_>, findings: &mut Findings) {
    let help = "add `because` with the reason and who approved it";
    say(
        context,
        findings,
        &NO_REASON,
        |it| it.because.is_none(),
        ("because", "why it exists"),
        help,
    );
}

fn expired(context: &Context<'_>, findings: &mut Findings) {
    for guard in &context.policy.guards {
        let Some(expires) = guard.expires else { continue };
        if Day(expires.value) < context.today {
            findings.push(
                Diagnostic::new(
                    &EXPIRED,
                    expires.span,
                    format!(
                        "guard {} expired on {}, today is {}",
                        quote(&guard.name.value),
                        Day(expires.value).iso(),
                        context.today.iso()
                    ),
                )
                .help("delete the guard, or have its reason approved anew and give it a later day"),
            );
        }
    }
}

fn limit_too_large(context: &Context<'_>, findings: &mut Findings) {
    for guard in &context.policy.guards {
        let Some(max) = guard.content.max else { continue };
        let size = guard.size.map_or(DEFAULT_SIZE, |size| size.value);
        if max.value > size / 2 {
            findings.push(
                Diagnostic::new(
                    &LIMIT_TOO_LARGE,
                    max.span,
                    format!(
                        "a transfer of guard {} does not fit into half of its channel of {}",
                        quote(&guard.name.value),
                        crate::reader::show_size(size)
                    ),
                )
                .help("lower `max`, or give the guard a larger `size`, at least twice `max`"),
            );
        }
    }
}

/// Whether data moves without anyone looking.
pub(crate) fn moves_by_itself(guard: &Guard) -> bool {
    guard.confirm.is_some_and(|confirm| confirm.value == Confirm::None)
}
