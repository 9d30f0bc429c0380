//! Builds the Cloister appliance image and runs it
