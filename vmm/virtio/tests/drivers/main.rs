//! The devices under the drivers of the `virtio-drivers` crate, which others wrote by the standard:
//! enumeration of the bus, negotiation, queues with indirect tables and event indices.

mod arena;
mod bus;
mod devices;
mod transport;
