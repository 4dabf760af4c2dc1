//! The lines of an order, and the groups of kits that a file must have for them.

use serde::Serialize;

use super::{
    Bin, CardType, EmbossType, Faults, Fields, Json, PanLength, PlasticCode, ProductId, Quantity, TenantSettings,
};

const LINES_MAX: usize = 20;

/// One line of an order: a number of kits of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The product.
    pub product_id: ProductId,
    /// Its BIN.
    pub bin: Bin,
    /// The number of kits.
    pub quantity: Quantity,
    /// The design of the plastic; `None` means any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plastic_code: Option<PlasticCode>,
    /// The length of the card number.
    pub pan_length: PanLength,
    /// Whether a PIN is generated.
    pub pin_generation: bool,
    /// Plastic or not.
    pub card_type: CardType,
    /// Whether the card carries a name.
    pub emboss_type: EmbossType,
}

/// The lines of an order: 1 to 20, each of a different kind, within the tenant's limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Lines(Vec<Line>);

/// The kits of one kind in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitGroup {
    /// The product.
    pub product_id: ProductId,
    /// Its BIN.
    pub bin: Bin,
    /// The design of the plastic.
    pub plastic_code: PlasticCode,
    /// The length of the card number.
    pub pan_length: PanLength,
    /// The number of kits.
    pub quantity: u32,
}

/// The card types that an order may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CardTypes {
    /// PHYSICAL and VIRTUAL.
    Any,
    /// PHYSICAL only: an order with a file of kits.
    PhysicalOnly,
}

impl Lines {
    /// Returns the lines in the order of the request.
    #[must_use]
    pub fn as_slice(&self) -> &[Line] {
        &self.0
    }

    /// Returns the number of kits on all lines.
    #[must_use]
    pub fn quantity(&self) -> u64 {
        self.0.iter().map(|line| u64::from(line.quantity.get())).sum()
    }

    pub(super) fn read(fields: &mut Fields<'_>, settings: &TenantSettings, types: CardTypes) -> Option<Self> {
        let entries = match fields.value("products") {
            None if fields.is_absent("products") => &[],
            Some(Json::List(entries)) if entries.len() <= LINES_MAX => entries.as_slice(),
            None => return None,
            Some(_) => {
                fields.fault("products", format_args!("must be an array of 1 to {LINES_MAX} lines"));
                return None;
            }
        };
        if entries.is_empty() {
            fields.push("At least one product is required");
            return None;
        }
        let mut lines: Vec<Line> = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let path = format!("products[{index}]");
            let line = fields.object(&path, entry, |fields| Line::read(fields, settings, types));
            let Some(line) = line else { continue };
            if line.is_of(settings) && !settings.has_combination(&line.product_id, line.bin, line.plastic_code.as_ref())
            {
                let rule = "must be a combination of productId, bin and plasticCode that is configured for this tenant";
                fields.fault(&path, rule);
            }
            if lines.iter().any(|other| other.kind() == line.kind()) {
                fields.fault(&path, "must be unique by productId, bin, plasticCode and panLength");
            }
            lines.push(line);
        }
        let total: u64 = lines.iter().map(|line| u64::from(line.quantity.get())).sum();
        let total_max = settings.order_quantity_max.get();
        if total > u64::from(total_max) {
            fields.fault("products", format_args!("must hold at most {total_max} cards in total"));
        }
        (lines.len() == entries.len()).then_some(Self(lines))
    }

    /// Returns one fault per difference between the lines and a file's groups. A line without a plastic code is compared
    /// with the sum over all plastic codes.
    #[must_use]
    pub fn differences(&self, groups: &[KitGroup]) -> Faults {
        let mut differences = Faults::default();
        let mut met = vec![false; groups.len()];
        for (index, line) in self.0.iter().enumerate() {
            let mut in_file = 0;
            for (group, met) in groups.iter().zip(&mut met).filter(|(group, _)| line.covers(group, self)) {
                in_file += u64::from(group.quantity);
                *met = true;
            }
            let wanted = line.quantity.get();
            if u64::from(wanted) != in_file {
                differences.push(format!("products[{index}].quantity is {wanted}, the file has {in_file}"));
            }
        }
        for (index, (group, _)) in groups.iter().zip(&met).enumerate().filter(|(_, (_, met))| !**met) {
            let (number, kits) = (index + 1, group.quantity);
            differences.push(format!("the file's group {number} has {kits} kits that no line of the order asks for"));
        }
        differences
    }
}

impl Line {
    fn read(fields: &mut Fields<'_>, settings: &TenantSettings, types: CardTypes) -> Option<Self> {
        const UNCONFIGURED: &str = "is not configured for this tenant";
        let product_id: Option<ProductId> = fields.required("productId");
        if product_id.as_ref().is_some_and(|id| !settings.has_product(id)) {
            fields.fault("productId", UNCONFIGURED);
        }
        let bin: Option<Bin> = fields.required("bin");
        if bin.is_some_and(|bin| !settings.has_bin(bin)) {
            fields.fault("bin", UNCONFIGURED);
        }
        let quantity: Option<Quantity> = fields.required("quantity");
        let quantity_max = settings.quantity_max;
        if quantity.is_some_and(|quantity| quantity > quantity_max) {
            fields.fault("quantity", format_args!("must be an integer from 1 to {}", quantity_max.get()));
        }
        let plastic_code: Option<PlasticCode> = fields.optional("plasticCode");
        if plastic_code.as_ref().is_some_and(|code| !settings.has_plastic(code)) {
            fields.fault("plasticCode", UNCONFIGURED);
        }
        let pan_length = fields.optional("panLength");
        let pin_generation = fields.optional("pinGeneration");
        let card_type = fields.optional("cardType");
        if types == CardTypes::PhysicalOnly && card_type == Some(CardType::Virtual) {
            fields.fault("cardType", "must be PHYSICAL in an order with a file");
        }
        let emboss_type = fields.optional("embossType");
        // Without a known kind, a line cannot be compared with the others.
        if fields.has("plasticCode") && plastic_code.is_none() || fields.has("panLength") && pan_length.is_none() {
            return None;
        }
        Some(Self {
            product_id: product_id?,
            bin: bin?,
            quantity: quantity?,
            plastic_code,
            pan_length: pan_length.unwrap_or_default(),
            pin_generation: pin_generation.unwrap_or_default(),
            card_type: card_type.unwrap_or_default(),
            emboss_type: emboss_type.unwrap_or_default(),
        })
    }

    /// Whether the tenant's product list contains each of its parts, taken alone.
    fn is_of(&self, settings: &TenantSettings) -> bool {
        settings.has_product(&self.product_id)
            && settings.has_bin(self.bin)
            && self.plastic_code.as_ref().is_none_or(|code| settings.has_plastic(code))
    }

    fn kind(&self) -> (&ProductId, Bin, Option<&PlasticCode>, PanLength) {
        (&self.product_id, self.bin, self.plastic_code.as_ref(), self.pan_length)
    }

    /// Whether a group belongs to this line of `lines`. A line that names the group's plastic takes precedence over one
    /// that names none.
    fn covers(&self, group: &KitGroup, lines: &Lines) -> bool {
        let is_kin = |line: &Line| {
            (&line.product_id, line.bin, line.pan_length) == (&group.product_id, group.bin, group.pan_length)
        };
        let names_plastic = |line: &Line| line.plastic_code.as_ref() == Some(&group.plastic_code);
        match &self.plastic_code {
            Some(_) => is_kin(self) && names_plastic(self),
            None => is_kin(self) && !lines.as_slice().iter().any(|line| is_kin(line) && names_plastic(line)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(product: &str, plastic: Option<&str>, quantity: u32) -> Line {
        Line {
            product_id: ProductId::parse(product).unwrap(),
            bin: Bin::parse("608040").unwrap(),
            quantity: Quantity::try_from(quantity).unwrap(),
            plastic_code: plastic.map(|code| PlasticCode::parse(code).unwrap()),
            pan_length: PanLength::default(),
            pin_generation: false,
            card_type: CardType::Physical,
            emboss_type: EmbossType::NonPersonalized,
        }
    }

    fn group(product: &str, plastic: &str, quantity: u32) -> KitGroup {
        KitGroup {
            product_id: ProductId::parse(product).unwrap(),
            bin: Bin::parse("608040").unwrap(),
            plastic_code: PlasticCode::parse(plastic).unwrap(),
            pan_length: PanLength::default(),
            quantity,
        }
    }

    #[test]
    fn the_groups_of_the_file_must_be_the_lines_of_the_order() {
        let groups = [group("P1", "71", 2), group("P1", "72", 1), group("P2", "71", 4)];
        for (lines, want) in [
            (vec![line("P1", None, 3), line("P2", None, 4)], &[] as &[&str]),
            (vec![line("P1", Some("71"), 2), line("P1", Some("72"), 1), line("P2", Some("71"), 4)], &[]),
            (vec![line("P1", Some("71"), 2), line("P1", None, 1), line("P2", None, 4)], &[]),
            (
                vec![line("P1", None, 2), line("P2", Some("72"), 4)],
                &[
                    "products[0].quantity is 2, the file has 3",
                    "products[1].quantity is 4, the file has 0",
                    "the file's group 3 has 4 kits that no line of the order asks for",
                ],
            ),
        ] {
            assert_eq!(Lines(lines).differences(&groups).into_sentences(), want);
        }
    }
}
