"""What a lab teaches the program about its own microscope: fitted, proven and judged with. Arrays in, arrays out."""
