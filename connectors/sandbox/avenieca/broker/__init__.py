"""A small broker that speaks as much of Kafka's protocol as the platform's clients use (1.4)."""
