//! The common configuration (virtio 1.2, section 4.1.4.3).

use cloister_device::{GuestMemory, Interrupts, Width};

use super::{Device, QUEUES, Virtio, virtio::NO_VECTOR};
use crate::{Environment, Progress, bytes::part, queue::Queue};

/// Offsets of the fields.
const OFFERED_HALF: u64 = 0x00;
const OFFERED: u64 = 0x04;
const ACCEPTED_HALF: u64 = 0x08;
const ACCEPTED: u64 = 0x0c;
const CONFIGURATION_VECTOR: u64 = 0x10;
const QUEUE_COUNT: u64 = 0x12;
/// The status; the generation of the device's configuration is the byte after it.
const STATUS: u64 = 0x14;
const QUEUE_SELECT: u64 = 0x16;
const QUEUE_SIZE: u64 = 0x18;
const QUEUE_VECTOR: u64 = 0x1a;
const QUEUE_ENABLE: u64 = 0x1c;
const QUEUE_NOTIFY: u64 = 0x1e;
/// The three addresses of the selected queue.
const QUEUE_AREAS: u64 = 0x20;
const QUEUE_AREAS_END: u64 = 0x38;

impl<D: Device> Virtio<D> {
    fn selected(&self) -> Option<&Queue> {
        let index = usize::from(self.selected);
        (index < D::QUEUE_SIZES.len()).then(|| self.queues.get(index)).flatten()
    }

    fn vector(&self) -> Option<&u16> {
        self.selected()?;
        self.vectors.get(usize::from(self.selected))
    }

    /// A vector as the device takes it: one that its table does not have is refused by reading back
    /// as none.
    fn checked_vector(&self, value: u64) -> u16 {
        let exists = value < self.endpoint.messages().count() as u64;
        if exists { value as u16 } else { NO_VECTOR }
    }

    pub(super) fn read_common(&self, offset: u64, width: Width) -> u64 {
        let negotiation = &self.negotiation;
        if (QUEUE_AREAS..QUEUE_AREAS_END).contains(&offset) {
            let areas = self.selected().map_or([0; 3], Queue::areas);
            let base = offset & !7;
            let index = (base - QUEUE_AREAS) as usize / 8;
            let area = areas.get(index).copied().unwrap_or(0);
            return part(area, base, Width::Eight, offset, width).unwrap_or(0);
        }
        let fields: [(u64, Width, u64); 2] = match offset & !3 {
            OFFERED_HALF => four(OFFERED_HALF, negotiation.offered_half),
            OFFERED => four(OFFERED, negotiation.offered()),
            ACCEPTED_HALF => four(ACCEPTED_HALF, negotiation.accepted_half),
            ACCEPTED => four(ACCEPTED, negotiation.accepted()),
            CONFIGURATION_VECTOR => [
                (CONFIGURATION_VECTOR, Width::Two, self.configuration_vector.into()),
                (QUEUE_COUNT, Width::Two, D::QUEUE_SIZES.len() as u64),
            ],
            STATUS => {
                let status = u16::from_le_bytes([negotiation.status(), self.generation]);
                [
                    (STATUS, Width::Two, status.into()),
                    (QUEUE_SELECT, Width::Two, self.selected.into()),
                ]
            }
            QUEUE_SIZE => [
                (QUEUE_SIZE, Width::Two, self.selected().map_or(0, Queue::size).into()),
                (
                    QUEUE_VECTOR,
                    Width::Two,
                    self.vector().map_or(NO_VECTOR, |&vector| vector).into(),
                ),
            ],
            QUEUE_ENABLE => [
                (QUEUE_ENABLE, Width::Two, self.selected().is_some_and(Queue::is_enabled).into()),
                (QUEUE_NOTIFY, Width::Two, self.selected().map_or(0, |_| self.selected).into()),
            ],
            _ => return 0,
        };
        let read = |(base, whole, value)| part(value, base, whole, offset, width);
        fields.into_iter().find_map(read).unwrap_or(0)
    }

    pub(super) fn write_common<M: GuestMemory + ?Sized, I: Interrupts + ?Sized>(
        &mut self,
        offset: u64,
        width: Width,
        value: u64,
        environment: &mut Environment<'_, M, I>,
    ) -> Progress {
        let selected = self.selected().map(|_| usize::from(self.selected)).unwrap_or(QUEUES);
        match (offset, width) {
            (OFFERED_HALF, Width::Four) => self.negotiation.offered_half = value as u32,
            (ACCEPTED_HALF, Width::Four) => self.negotiation.accepted_half = value as u32,
            (ACCEPTED, Width::Four) => self.negotiation.accept(value as u32),
            (CONFIGURATION_VECTOR, Width::Two) => {
                self.configuration_vector = self.checked_vector(value);
            }
            (STATUS, Width::One) => return self.set_status(value as u8, environment),
            (QUEUE_SELECT, Width::Two) => self.selected = value as u16,
            (QUEUE_SIZE, Width::Two) => {
                if let Some(queue) = self.queues.get_mut(selected) {
                    queue.set_size(value as u16);
                }
            }
            (QUEUE_VECTOR, Width::Two) => {
                let vector = self.checked_vector(value);
                if let Some(place) = self.vectors.get_mut(selected) {
                    *place = vector;
                }
            }
            (QUEUE_ENABLE, Width::Two) if value == 1 && selected < QUEUES => {
                self.enable(environment.interrupts);
            }
            (QUEUE_AREAS..QUEUE_AREAS_END, Width::Four | Width::Eight) => {
                if let Some(queue) = self.queues.get_mut(selected) {
                    write_area(queue, offset, width, value);
                }
            }
            _ => {}
        }
        Progress::Done
    }
}

/// A field of 32 bits, and none beside it.
fn four(offset: u64, value: u32) -> [(u64, Width, u64); 2] {
    [(offset, Width::Four, value.into()); 2]
}

/// Writes an address of a queue, whole or in halves.
fn write_area(queue: &mut Queue, offset: u64, width: Width, value: u64) {
    let mut areas = queue.areas();
    let within = offset - QUEUE_AREAS;
    if let Some(area) = areas.get_mut((within / 8) as usize) {
        *area = match (within % 8, width) {
            (0, Width::Eight) => value,
            (0, Width::Four) => *area & !0xffff_ffff | value,
            (4, Width::Four) => *area & 0xffff_ffff | value << 32,
            _ => return,
        };
    }
    queue.set_areas(areas);
}
