"""The program that paints a wall's page: started, watched by its own pixels, started again."""
