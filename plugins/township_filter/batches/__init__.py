"""A pasted or uploaded list, screened as one sequence: for looking alone, nothing of it becomes a matter."""
