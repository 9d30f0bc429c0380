//! Fuzz targets of the policy language

fn main() {}
