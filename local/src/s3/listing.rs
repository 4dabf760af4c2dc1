//! Lists the objects of the bucket.

use s3s::dto::{CommonPrefix, ETag};

use super::objects::Object;

/// Returns the objects to list, and the common prefixes of those whose keys have the delimiter after the prefix.
pub(super) fn fold(
    found: Vec<Object>,
    prefix: &str,
    delimiter: Option<&str>,
) -> (Vec<s3s::dto::Object>, Vec<CommonPrefix>) {
    let (mut contents, mut prefixes) = (Vec::new(), Vec::<CommonPrefix>::new());
    for object in found {
        let folded = delimiter.filter(|delimiter| !delimiter.is_empty()).and_then(|delimiter| {
            let at = object.key[prefix.len()..].find(delimiter)?;
            Some(object.key[..prefix.len() + at + delimiter.len()].to_owned())
        });
        match folded {
            Some(folded) => {
                if prefixes.last().is_none_or(|last| last.prefix.as_ref() != Some(&folded)) {
                    prefixes.push(CommonPrefix { prefix: Some(folded) });
                }
            }
            None => contents.push(s3s::dto::Object {
                last_modified: object.modified(),
                e_tag: Some(ETag::Strong(object.etag)),
                size: Some(object.bytes),
                key: Some(object.key),
                ..Default::default()
            }),
        }
    }
    (contents, prefixes)
}
