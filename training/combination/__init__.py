"""What the opinions are worth together on people whom none of them has seen."""
