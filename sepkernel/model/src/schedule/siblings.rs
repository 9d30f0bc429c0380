//! Whether the processors that share a core are those of which the policy's author knew: the schedule was
//! checked for these only.

/// Two processors about whose core policy and machine differ, by number in the schedule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SiblingError {
    /// One.
    pub first: u8,
    /// The other, a higher number.
    pub second: u8,
    /// Whether they share a core in the machine; else they do so in the policy only.
    pub in_machine: bool,
}

/// Compares the machine with the policy: `cores` has each processor's core, by its number in the
/// schedule; each of `groups` has a bit for each processor that the policy says to share a core.
///
/// # Errors
/// The first two processors that differ.
pub fn check_siblings(
    cores: &[u32],
    groups: impl Iterator<Item = u64> + Clone,
) -> Result<(), SiblingError> {
    let processors = || cores.iter().zip(0..64_u8);
    for (core, second) in processors() {
        for (other, first) in processors().take(usize::from(second)) {
            let both = 1_u64 << first | 1 << second;
            let in_policy = groups.clone().any(|group| group & both == both);
            let in_machine = core == other;
            if in_machine != in_policy {
                return Err(SiblingError { first, second, in_machine });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_must_be_shared_as_the_policy_says_and_not_otherwise() {
        let check = |cores: &[u32], groups: &[u64]| check_siblings(cores, groups.iter().copied());
        assert_eq!(check(&[4, 5, 6], &[]), Ok(()));
        assert_eq!(check(&[4, 4, 5, 5], &[0b11, 0b1100]), Ok(()));
        assert_eq!(check(&[4, 5], &[0b1100]), Ok(()), "not in the schedule");
        let shared = SiblingError { first: 0, second: 2, in_machine: true };
        assert_eq!(check(&[4, 5, 4], &[]), Err(shared));
        assert_eq!(
            check(&[4, 5, 4], &[0b11]),
            Err(SiblingError { second: 1, in_machine: false, ..shared })
        );
    }
}
