//! The body of `/card-order/received`: which of the received orders are asked for.

use serde::{Deserialize, Serialize};

use super::limits::range_type;
use super::text::{is_made_of, text_type};
use super::{BranchId, Broken, Faults, Field, Fields, Json};

range_type! {
    /// Minutes for which an order must have been RECEIVED.
    ThresholdMinutes, 0..=527_040, "must be an integer from 0 to 527040"
}

range_type! {
    /// How many orders a page may hold.
    PageSize, 1..=100, "must be an integer from 1 to 100"
}

text_type! {
    /// Where the next page begins: what the answer before it named.
    NextToken, "must be the nextToken of an answer to the same query",
    |text| is_made_of(text, 256, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

impl Default for PageSize {
    fn default() -> Self {
        Self(20)
    }
}

/// Which orders, and from where on.
#[derive(Debug, Clone)]
pub struct ReceivedQuery {
    /// Of this branch only.
    pub branch: Option<BranchId>,
    /// RECEIVED for so long at least.
    pub threshold: Option<ThresholdMinutes>,
    /// So many at most.
    pub page_size: PageSize,
    /// After this page.
    pub next_token: Option<NextToken>,
}

impl ReceivedQuery {
    /// Reads the body.
    pub fn read(json: &Json) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let Some(mut fields) = Fields::open(json, "", &mut faults) else { return Err(faults) };
        let branch = fields.optional("branchId", &mut faults);
        let threshold = fields.optional("thresholdMinutes", &mut faults);
        let page_size = fields.optional("pageSize", &mut faults);
        let next_token = fields.optional_token("nextToken", &mut faults);
        fields.close(&mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self { branch, threshold, page_size: page_size.unwrap_or_default(), next_token })
    }

    /// What a token that does not fit this query is told.
    #[must_use]
    pub fn wrong_token() -> Faults {
        Faults::one(format!("nextToken {}", NextToken::RULE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_may_be_empty_and_names_every_fault() {
        let read = |body: &str| ReceivedQuery::read(&Json::parse(body.as_bytes()).unwrap());
        assert_eq!(read("{}").unwrap().page_size, PageSize(20));
        let query = read(r#"{"branchId":"7","thresholdMinutes":0,"pageSize":100,"nextToken":null}"#).unwrap();
        assert_eq!((query.page_size, query.threshold), (PageSize(100), Some(ThresholdMinutes(0))));
        let faults = read(r#"{"branchId":"","thresholdMinutes":-1,"pageSize":101,"nextToken":"a=b","page":1}"#);
        assert_eq!(
            faults.unwrap_err().into_sentences(),
            [
                "branchId must be a string of 1 to 32 letters, digits, '_' or '-'",
                "thresholdMinutes must be an integer from 0 to 527040",
                "pageSize must be an integer from 1 to 100",
                "nextToken must be the nextToken of an answer to the same query",
                "page is not a known field",
            ]
        );
    }
}
