//! Results and status flags (Intel SDM volume 1, section 3.4.3.1, and the instructions' pages).

use cloister_device::Width;

use crate::cpu::flags;
use crate::decode::{Arithmetic, Unary};

/// The result of a two-operand instruction, and the flags after it.
pub(super) fn binary(
    operation: Arithmetic,
    left: u64,
    right: u64,
    width: Width,
    rflags: u64,
) -> (u64, u64) {
    let (left, right) = (left & width.mask(), right & width.mask());
    let carry = rflags & flags::CARRY;
    match operation {
        Arithmetic::Add => sum(left, right, 0, width, rflags),
        Arithmetic::AddWithCarry => sum(left, right, carry, width, rflags),
        Arithmetic::Subtract | Arithmetic::Compare => difference(left, right, 0, width, rflags),
        Arithmetic::SubtractWithBorrow => difference(left, right, carry, width, rflags),
        Arithmetic::And | Arithmetic::Test => logical(left & right, width, rflags),
        Arithmetic::Or => logical(left | right, width, rflags),
        Arithmetic::ExclusiveOr => logical(left ^ right, width, rflags),
    }
}

/// The result of a one-operand instruction, and the flags after it.
pub(super) fn unary(operation: Unary, value: u64, width: Width, rflags: u64) -> (u64, u64) {
    let value = value & width.mask();
    let keep_carry =
        |(result, after): (u64, u64)| (result, after & !flags::CARRY | rflags & flags::CARRY);
    match operation {
        Unary::Increment => keep_carry(sum(value, 1, 0, width, rflags)),
        Unary::Decrement => keep_carry(difference(value, 1, 0, width, rflags)),
        Unary::Not => (!value & width.mask(), rflags),
        Unary::Negate => difference(0, value, 0, width, rflags),
    }
}

fn sum(left: u64, right: u64, carry: u64, width: Width, rflags: u64) -> (u64, u64) {
    let result = left.wrapping_add(right).wrapping_add(carry) & width.mask();
    let carries = left & right | (left | right) & !result;
    let overflow = (left ^ result) & (right ^ result);
    (result, status(result, carries, overflow, left ^ right ^ result, width, rflags))
}

fn difference(left: u64, right: u64, borrow: u64, width: Width, rflags: u64) -> (u64, u64) {
    let result = left.wrapping_sub(right).wrapping_sub(borrow) & width.mask();
    let borrows = !left & right | (!left | right) & result;
    let overflow = (left ^ right) & (left ^ result);
    (result, status(result, borrows, overflow, left ^ right ^ result, width, rflags))
}

/// Clears the adjust flag too, which is undefined here, as processors do.
fn logical(result: u64, width: Width, rflags: u64) -> (u64, u64) {
    (result, status(result, 0, 0, 0, width, rflags))
}

/// The flags, from carries and overflow at each bit, of which the highest counts, and the carry into
/// bit 4.
fn status(result: u64, carries: u64, overflow: u64, into: u64, width: Width, rflags: u64) -> u64 {
    let top = |bits: u64| bits >> (8 * width.bytes() - 1) & 1 != 0;
    let mut set = 0;
    for (flag, is_set) in [
        (flags::CARRY, top(carries)),
        (flags::PARITY, (result as u8).count_ones().is_multiple_of(2)),
        (flags::ADJUST, into & 0x10 != 0),
        (flags::ZERO, result == 0),
        (flags::SIGN, top(result)),
        (flags::OVERFLOW, top(overflow)),
    ] {
        if is_set {
            set |= flag;
        }
    }
    rflags & !flags::STATUS | set
}

/// A value of a width, sign-extended to 64 bits.
pub(super) const fn sign_extended(value: u64, width: Width) -> u64 {
    let shift = 64 - 8 * width.bytes();
    ((value << shift) as i64 >> shift) as u64
}
