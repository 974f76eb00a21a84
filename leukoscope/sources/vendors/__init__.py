"""Files of microscope makers: Zeiss CZI, Nikon ND2 and Leica LIF."""
