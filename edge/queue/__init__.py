"""取号叫号 at the station: numbers are issued here, line or no line; the hall calls while the console cannot."""
