"""What a run leaves for people to read: tables, figures and RESULTADOS.md."""
