"""What people do in the main job. Each action is one transaction's work: check, change, audit, announce."""
