//! The trusted GUI in the whole appliance, with unmodified Debian worlds: a user types, moves the mouse and
//! looks at the screen. What the trusted part draws is compared, pixel by pixel, with what the same code
//! draws on the host.

mod actions;
mod desktop;
mod setting;
mod worlds;
