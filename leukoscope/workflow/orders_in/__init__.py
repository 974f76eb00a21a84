"""Orders that come by themselves: kept before they are answered, then carried out in their order."""
