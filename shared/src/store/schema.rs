//! The schema of the tables, for the local stack. `template.yaml` has the same for CloudFormation; a test compares them.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};

use super::item::name;
use super::{failure, unbuilt};
use crate::error::Error;

const CREATING: &str = "creating the table";

/// Creates the table unless it exists.
pub async fn create_table(client: &Client, table: &str) -> Result<(), Error> {
    let attributes =
        [name::PK, name::SK, name::STATUS_INDEX_PK, name::STATUS_INDEX_SK, name::DUE_INDEX_PK, name::DUE_INDEX_SK];
    let definitions = attributes.map(|attribute| {
        AttributeDefinition::builder().attribute_name(attribute).attribute_type(ScalarAttributeType::S).build()
    });
    let definitions = definitions.into_iter().collect::<Result<Vec<_>, _>>().map_err(unbuilt(CREATING))?;
    let by_status = Projection::builder()
        .projection_type(ProjectionType::Include)
        .non_key_attributes(name::BRANCH)
        .non_key_attributes(name::LABEL)
        .non_key_attributes(name::VALID_UNTIL)
        .build();
    let by_due = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
    let created = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(definitions))
        .set_key_schema(Some(key_schema(name::PK, name::SK)?))
        .global_secondary_indexes(index("gsi1", name::STATUS_INDEX_PK, name::STATUS_INDEX_SK, by_status)?)
        .global_secondary_indexes(index("gsi2", name::DUE_INDEX_PK, name::DUE_INDEX_SK, by_due)?)
        .send()
        .await;
    unless_it_exists(created)
}

/// Creates the list of tenants unless it exists.
pub async fn create_tenants_table(client: &Client, table: &str) -> Result<(), Error> {
    let definition =
        AttributeDefinition::builder().attribute_name(name::TENANT).attribute_type(ScalarAttributeType::S).build();
    let key = KeySchemaElement::builder().attribute_name(name::TENANT).key_type(KeyType::Hash).build();
    let created = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(definition.map_err(unbuilt(CREATING))?)
        .key_schema(key.map_err(unbuilt(CREATING))?)
        .send()
        .await;
    unless_it_exists(created)
}

fn unless_it_exists<T>(created: Result<T, SdkError<CreateTableError, HttpResponse>>) -> Result<(), Error> {
    match created {
        Ok(_) => Ok(()),
        Err(SdkError::ServiceError(service))
            if matches!(service.err(), CreateTableError::ResourceInUseException(_)) =>
        {
            Ok(())
        }
        Err(error) => Err(failure(CREATING, &error)),
    }
}

fn index(name: &str, pk: &str, sk: &str, projection: Projection) -> Result<GlobalSecondaryIndex, Error> {
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(key_schema(pk, sk)?))
        .projection(projection)
        .build()
        .map_err(unbuilt(CREATING))
}

fn key_schema(pk: &str, sk: &str) -> Result<Vec<KeySchemaElement>, Error> {
    [(pk, KeyType::Hash), (sk, KeyType::Range)]
        .into_iter()
        .map(|(attribute, kind)| KeySchemaElement::builder().attribute_name(attribute).key_type(kind).build())
        .collect::<Result<_, _>>()
        .map_err(unbuilt(CREATING))
}
