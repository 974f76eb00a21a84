"""Use cases of a site profile: labeled cells in, a profile and its proof out, judging with it."""
