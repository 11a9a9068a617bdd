"""The floors. What stands here is as plain as it can be, and is never slowed: a figure that does not hold is mended elsewhere."""
