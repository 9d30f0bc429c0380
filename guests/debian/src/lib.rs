//! Makes Linux worlds from Debian's own packages
