//! Log lines for machines: one flat JSON object per event, with the fields of the event and of the spans around it, each
//! once.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::io::Write as _;

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::masked::masked;

/// Writes every event, each in one call of the writer.
#[derive(Debug)]
pub struct JsonLines<W>(pub W);

/// Names and values, the values as JSON.
#[derive(Default)]
struct LineFields(Vec<(&'static str, String)>);

impl LineFields {
    /// Sets a field; a later value replaces an earlier one.
    fn set(&mut self, field: &Field, value: &impl serde::Serialize) {
        // Texts, numbers and truth values can always be written.
        let value = serde_json::to_string(value).unwrap_or_default();
        match self.0.iter_mut().find(|(name, _)| *name == field.name()) {
            Some((_, earlier)) => *earlier = value,
            None => self.0.push((field.name(), value)),
        }
    }
}

impl Visit for LineFields {
    fn record_str(&mut self, field: &Field, value: &str) {
        // Before it is encoded: an escaped line end would hide a card number from the writer's mask.
        self.set(field, &masked(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, &value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, &value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.record_str(field, &value.to_string());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = LineFields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<LineFields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = LineFields::default();
        event.record(&mut fields);
        let mut line = LogLine::start(event.metadata());
        line.add(&fields);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(of_span) = span.extensions().get::<LineFields>() {
                line.add(of_span);
            }
        }
        // There is no other place to complain to.
        self.0.make_writer().write_all(line.end().as_bytes()).unwrap_or_default();
    }
}

/// A line, and the names that it has.
struct LogLine {
    text: String,
    names: Vec<&'static str>,
}

impl LogLine {
    fn start(metadata: &tracing::Metadata<'_>) -> Self {
        let mut text = String::with_capacity(512);
        let (level, target) = (metadata.level(), metadata.target());
        // Writing into a text does not fail.
        write!(text, r#"{{"timestamp":"{:.6}","level":"{level}","target":"{target}""#, Timestamp::now())
            .unwrap_or_default();
        Self { text, names: Vec::with_capacity(16) }
    }

    /// Adds the fields that it does not have yet.
    fn add(&mut self, fields: &LineFields) {
        for (name, value) in &fields.0 {
            if !self.names.contains(name) {
                self.names.push(name);
                write!(self.text, r#","{name}":{value}"#).unwrap_or_default();
            }
        }
    }

    fn end(self) -> String {
        self.text + "}\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_value_replaces_an_earlier_one() {
        let _default = tracing::subscriber::set_default(tracing_subscriber::registry());
        let span = tracing::error_span!("request", order.id = "ORD-1");
        let field = span.field("order.id").unwrap();
        let mut fields = LineFields::default();
        fields.record_str(&field, "ORD-1");
        fields.record_debug(&field, &format_args!("ORD \"2\""));
        assert_eq!(fields.0, [("order.id", r#""ORD \"2\"""#.to_owned())]);
    }
}
