//! The list of products that a tenant may order, as an administrator writes it.

use super::{Bin, Faults, Fields, Json, PlasticCode, ProductId};

const PRODUCTS_MAX: usize = 500;
const PLASTIC_CODES_MAX: usize = 50;

/// Products, each of another id or BIN than the others; together they fit into the item of a tenant's settings. An empty
/// list allows any product.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductList(Vec<ConfiguredProduct>);

/// One entry of a tenant's product list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredProduct {
    /// The product.
    pub product_id: ProductId,
    /// Its BIN.
    pub bin: Bin,
    /// Its plastics; if empty, all.
    pub plastic_codes: Vec<PlasticCode>,
}

impl ProductList {
    /// Reads a JSON list of `{productId, bin, plasticCodes?}`, or returns all its faults.
    pub fn read(json: &Json) -> Result<Self, Faults> {
        let Json::List(entries) = json else { return Err(Faults::one("the document must be a JSON list of products")) };
        if entries.len() > PRODUCTS_MAX {
            return Err(Faults::one(format!("the list must have at most {PRODUCTS_MAX} products")));
        }
        let mut fields = Fields::of_list();
        let mut products: Vec<ConfiguredProduct> = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let path = format!("products[{index}]");
            let Some(product) = fields.object(&path, entry, read_product) else { continue };
            if products.iter().any(|other| (&other.product_id, other.bin) == (&product.product_id, product.bin)) {
                fields.fault(&path, "must be unique by productId and bin");
            }
            products.push(product);
        }
        fields.finish(Some(Self(products)))
    }

    /// Returns the products in the order of the document.
    #[must_use]
    pub fn as_slice(&self) -> &[ConfiguredProduct] {
        &self.0
    }
}

impl ConfiguredProduct {
    /// Whether a plastic may be ordered; `None` is any.
    pub(super) fn allows(&self, plastic: Option<&PlasticCode>) -> bool {
        self.plastic_codes.is_empty() || plastic.is_none_or(|code| self.plastic_codes.contains(code))
    }
}

fn read_product(fields: &mut Fields<'_>) -> Option<ConfiguredProduct> {
    let (product_id, bin) = (fields.required("productId"), fields.required("bin"));
    let plastic_codes = read_plastic_codes(fields);
    Some(ConfiguredProduct { product_id: product_id?, bin: bin?, plastic_codes })
}

/// Returns the codes that can be read; `fields` has the faults of the others.
fn read_plastic_codes(fields: &mut Fields<'_>) -> Vec<PlasticCode> {
    const KEY: &str = "plasticCodes";
    let entries = match fields.value(KEY) {
        Some(Json::List(entries)) if entries.len() <= PLASTIC_CODES_MAX => entries.as_slice(),
        Some(_) => {
            fields.fault(KEY, format_args!("must be a list of at most {PLASTIC_CODES_MAX} plastic codes"));
            &[]
        }
        None => &[],
    };
    let codes = entries.iter().enumerate();
    codes.filter_map(|(index, code)| fields.read(&format!("{KEY}[{index}]"), code)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(document: &str) -> Vec<String> {
        let json = Json::parse(document.as_bytes()).unwrap();
        ProductList::read(&json).err().map(Faults::into_sentences).unwrap_or_default()
    }

    #[test]
    fn a_list_is_read_or_all_its_faults_are_named() {
        const ID: &str = "must be a string of 1 to 32 letters, digits, '_' or '-'";
        const BIN: &str = "must be a string of exactly 6 or 8 digits that does not start with 0";
        const CODE: &str = "must be a string of 1 to 10 letters or digits";
        let too_many = format!("[{}]", vec!["{}"; PRODUCTS_MAX + 1].join(","));
        let codes = vec!["\"71\""; PLASTIC_CODES_MAX + 1].join(",");
        let too_many_codes = format!(r#"[{{"productId":"P","bin":"608040","plasticCodes":[{codes}]}}]"#);
        for (document, want) in [
            ("[]", &[] as &[String]),
            (r#"[{"productId":"P","bin":"608040"},{"productId":"P","bin":"608041","plasticCodes":["71"]}]"#, &[]),
            (r#"[{"productId":"P","bin":"608040","plasticCodes":null}]"#, &[]),
            ("{}", &["the document must be a JSON list of products".to_owned()]),
            (&too_many, &["the list must have at most 500 products".to_owned()]),
            (&too_many_codes, &["products[0].plasticCodes must be a list of at most 50 plastic codes".to_owned()]),
            (
                r#"[{"productId":"","bin":608040},7,{"bins":"608040","plasticCodes":["71","<b>",null]}]"#,
                &[
                    format!("products[0].productId {ID}"),
                    format!("products[0].bin {BIN}"),
                    "products[1] must be an object".to_owned(),
                    "products[2].productId is required".to_owned(),
                    "products[2].bin is required".to_owned(),
                    format!("products[2].plasticCodes[1] {CODE}"),
                    format!("products[2].plasticCodes[2] {CODE}"),
                    "products[2].bins is not a known field".to_owned(),
                ],
            ),
            (
                r#"[{"productId":"P","bin":"608040"},{"productId":"P","bin":"608040","plasticCodes":["71"]}]"#,
                &["products[1] must be unique by productId and bin".to_owned()],
            ),
            (
                r#"[{"productId":"4111111111111111","bin":"608040"}]"#,
                &["products[0].productId must not contain a card number".to_owned()],
            ),
        ] {
            assert_eq!(faults_of(document), want, "{document:.100}");
        }
    }
}
