//! What a command prints on standard output: JSON for programs, lines and columns for people.

use serde::Serialize;

/// A result that can be printed.
pub(crate) trait Shown: Serialize {
    /// Returns it for people.
    fn lines(&self) -> Vec<String>;
}

/// The columns of a list, which JSON shows as objects.
pub(crate) trait Row: Serialize {
    /// Their names.
    const COLUMNS: &'static [&'static str];

    /// Their values.
    fn cells(&self) -> Vec<String>;
}

impl<T: Row> Shown for [T] {
    fn lines(&self) -> Vec<String> {
        let heads = T::COLUMNS.iter().map(|name| (*name).to_owned()).collect();
        let rows: Vec<Vec<String>> = std::iter::once(heads).chain(self.iter().map(Row::cells)).collect();
        let width =
            |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
        let line = |row: &Vec<String>| {
            let cells = row.iter().enumerate();
            let padded =
                cells.map(|(column, cell)| format!("{cell:width$}", width = width(column).unwrap_or_default()));
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        rows.iter().map(line).collect()
    }
}
