//! What a credential allows.

/// A set of operations that a credential may allow; each route has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Place and cancel orders, upload files.
    Orders,
    /// Read.
    Read,
    /// Move orders by hand.
    Operations,
    /// Approve or reject orders.
    Approvals,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Orders, Self::Read, Self::Operations, Self::Approvals];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Read => "read",
            Self::Operations => "operations",
            Self::Approvals => "approvals",
        }
    }
}

/// The scopes of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes([bool; Scope::ALL.len()]);

impl Scopes {
    /// Every scope.
    pub const ALL: Self = Self([true; Scope::ALL.len()]);

    /// The scopes with these names. Returns `None` if one is unknown.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut scopes = Self::default();
        for name in names {
            scopes.0[Scope::ALL.iter().position(|scope| scope.as_str() == name)?] = true;
        }
        Some(scopes)
    }

    /// The scopes among words separated by blanks, as in a JWT's `scope`; other words mean something to others.
    #[must_use]
    pub fn among(words: &str) -> Self {
        let words: Vec<_> = words.split(' ').collect();
        Self(Scope::ALL.map(|scope| words.contains(&scope.as_str())))
    }

    /// Whether a scope is one of them.
    #[must_use]
    pub fn has(self, scope: Scope) -> bool {
        self.0[scope as usize]
    }

    /// Returns their names, in the order of [`Scope::ALL`].
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        Scope::ALL.into_iter().filter(|scope| self.has(*scope)).map(Scope::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_known_by_their_names() {
        let some = Scopes::among("openid approvals read orders2");
        assert_eq!(some.names(), ["read", "approvals"]);
        assert!(some.has(Scope::Read) && !some.has(Scope::Orders));
        assert_eq!(Scopes::named(["approvals", "read"]), Some(some));
        assert_eq!(Scopes::named(["read", "openid"]), None);
        assert_eq!(Scopes::among(""), Scopes::default());
        assert_eq!(Scopes::named(Scope::ALL.map(Scope::as_str)), Some(Scopes::ALL));
    }
}
