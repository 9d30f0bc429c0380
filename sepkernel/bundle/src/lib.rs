//! The bundle: what the appliance is made of, as files with sizes and digests
