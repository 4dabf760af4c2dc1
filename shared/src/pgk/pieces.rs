//! A list that grows by pieces. In one piece it would be copied as it grows, and need twice its memory to do so.

/// A list of many small items.
#[derive(Debug, Clone)]
pub(super) struct Pieces<T> {
    full: Vec<Vec<T>>,
    last: Vec<T>,
}

impl<T> Default for Pieces<T> {
    fn default() -> Self {
        Self { full: Vec::new(), last: Vec::new() }
    }
}

impl<T> Pieces<T> {
    /// Items of a piece.
    pub(super) const PIECE: usize = 1 << 16;

    pub(super) fn push(&mut self, item: T) {
        if self.last.len() == Self::PIECE {
            self.full.push(std::mem::replace(&mut self.last, Vec::with_capacity(Self::PIECE)));
        }
        self.last.push(item);
    }

    pub(super) fn len(&self) -> usize {
        self.full.len() * Self::PIECE + self.last.len()
    }

    pub(super) fn get(&self, place: usize) -> &T {
        &self.full.get(place / Self::PIECE).unwrap_or(&self.last)[place % Self::PIECE]
    }

    pub(super) fn get_mut(&mut self, place: usize) -> &mut T {
        &mut self.full.get_mut(place / Self::PIECE).unwrap_or(&mut self.last)[place % Self::PIECE]
    }

    pub(super) fn pieces(&self) -> impl Iterator<Item = &[T]> {
        self.full.iter().chain([&self.last]).map(Vec::as_slice)
    }

    /// All items in one piece; each of the others is freed once it is copied.
    pub(super) fn into_vec(self) -> Vec<T> {
        let mut all = Vec::with_capacity(self.len());
        self.full.into_iter().chain([self.last]).for_each(|piece| all.extend(piece));
        all
    }
}
