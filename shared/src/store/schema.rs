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
    let attributes = [
        name::PK,
        name::SK,
        name::STATUS_INDEX_PK,
        name::STATUS_INDEX_SK,
        name::DUE_INDEX_PK,
        name::DUE_INDEX_SK,
        name::CREATION_INDEX_PK,
        name::CREATION_INDEX_SK,
    ];
    let definitions = attributes.into_iter().map(definition).collect::<Result<Vec<_>, _>>()?;
    let by_status = Projection::builder()
        .projection_type(ProjectionType::Include)
        .non_key_attributes(name::BRANCH)
        .non_key_attributes(name::LABEL)
        .non_key_attributes(name::VALID_UNTIL)
        .build();
    let keys_only = || Projection::builder().projection_type(ProjectionType::KeysOnly).build();
    let created = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(definitions))
        .set_key_schema(Some(key_schema(&[(name::PK, KeyType::Hash), (name::SK, KeyType::Range)])?))
        .global_secondary_indexes(index("gsi1", name::STATUS_INDEX_PK, name::STATUS_INDEX_SK, by_status)?)
        .global_secondary_indexes(index("gsi2", name::DUE_INDEX_PK, name::DUE_INDEX_SK, keys_only())?)
        .global_secondary_indexes(index("gsi3", name::CREATION_INDEX_PK, name::CREATION_INDEX_SK, keys_only())?)
        .send()
        .await;
    unless_it_exists(created)
}

/// Creates the list of tenants unless it exists.
pub async fn create_tenants_table(client: &Client, table: &str) -> Result<(), Error> {
    create_small_table(client, table, &[(name::TENANT, KeyType::Hash)]).await
}

/// Creates the table of keys unless it exists.
pub async fn create_keys_table(client: &Client, table: &str) -> Result<(), Error> {
    create_small_table(client, table, &[(name::PK, KeyType::Hash), (name::SK, KeyType::Range)]).await
}

async fn create_small_table(client: &Client, table: &str, key: &[(&str, KeyType)]) -> Result<(), Error> {
    let definitions = key.iter().map(|(attribute, _)| definition(attribute)).collect::<Result<Vec<_>, _>>()?;
    let created = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(definitions))
        .set_key_schema(Some(key_schema(key)?))
        .send()
        .await;
    unless_it_exists(created)
}

fn definition(attribute: &str) -> Result<AttributeDefinition, Error> {
    let definition = AttributeDefinition::builder().attribute_name(attribute);
    definition.attribute_type(ScalarAttributeType::S).build().map_err(unbuilt(CREATING))
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
        .set_key_schema(Some(key_schema(&[(pk, KeyType::Hash), (sk, KeyType::Range)])?))
        .projection(projection)
        .build()
        .map_err(unbuilt(CREATING))
}

fn key_schema(key: &[(&str, KeyType)]) -> Result<Vec<KeySchemaElement>, Error> {
    let element = |(attribute, kind): &(&str, KeyType)| {
        KeySchemaElement::builder().attribute_name(*attribute).key_type(kind.clone()).build()
    };
    key.iter().map(element).collect::<Result<_, _>>().map_err(unbuilt(CREATING))
}
