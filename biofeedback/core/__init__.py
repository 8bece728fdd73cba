"""The vocabulary: what flows, what enters, what may go wrong. No devices, no clocks, no Qt."""
