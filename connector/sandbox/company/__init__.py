"""The invented company behind the demo: Norte Sensing sells industrial sensors and software in four countries."""
