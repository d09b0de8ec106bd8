"""The Telegram bot: two pictures in one message, a third in return."""
