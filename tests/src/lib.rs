//! Tests that boot the whole appliance
