//! What the IOMMUs refused, as they noted it. One note of each is read at a time, so that a device which is
//! refused without end takes no more than that.

use cloister_tables::FaultLog;

/// Takes the next note, if there is one: the device's number, the device address (of an interrupt, what the
/// unit says instead), the unit's code for the reason.
pub fn next(log: &FaultLog) -> Option<[u64; 3]> {
    let FaultLog { state, records, is_vt_d } = *log;
    if !is_vt_d {
        let (head, tail): (u64, u64) = (read(state), read(state.wrapping_add(8)));
        let record = records.wrapping_add(head & 0xff0);
        let (about, address): (u64, u64) = (read(record), read(record.wrapping_add(8)));
        return (head != tail).then(|| {
            write(state, head.wrapping_add(16) & 0xff0);
            [about & 0xffff, address, about >> 48]
        });
    }
    // Overflow and pending, then the number of the first (VT-d specification 4.1, section 11.4.8).
    let status: u32 = read(state);
    if status & 0b11 == 0 {
        return None;
    }
    let record = records.wrapping_add(u64::from(status >> 8 & 0xff).wrapping_mul(16));
    let (address, about): (u64, u64) = (read(record), read(record.wrapping_add(8)));
    // Ones clear the note, and then the overflow.
    write(record.wrapping_add(12), 1_u32 << 31);
    write(state, 1_u32);
    (about >> 63 == 1).then_some([about & 0xffff, address, about >> 32 & 0xff])
}

fn read<T: Copy>(address: u64) -> T {
    // SAFETY: the boot program mapped the registers and records there, for this use.
    unsafe { (address as *const T).read_volatile() }
}

fn write<T: Copy>(address: u64, value: T) {
    // SAFETY: as above; what is written takes a note away.
    unsafe { (address as *mut T).write_volatile(value) }
}
