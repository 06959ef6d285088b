use std::time::Duration;

use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, TableStatus as WireStatus, TimeToLiveSpecification,
    TimeToLiveStatus,
};
use serde::Deserialize;

use super::DynamoDbEngine;
use crate::api::{StoreError, Table, TableStatus};

/// How long a new table may take to become active, in steps of [`STEP`].
const STEPS: u32 = 240;
const STEP: Duration = Duration::from_millis(500);

/// The parts of a `CreateTable` input that are supported.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateTable {
    #[serde(rename = "TableName")]
    _table_name: String,
    key_schema: Vec<KeyElement>,
    attribute_definitions: Vec<Attribute>,
    billing_mode: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct KeyElement {
    attribute_name: String,
    key_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Attribute {
    attribute_name: String,
    attribute_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateTimeToLive {
    time_to_live_specification: TimeToLive,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimeToLive {
    attribute_name: String,
    enabled: bool,
}

impl DynamoDbEngine {
    pub(super) async fn create_missing_tables(&self) -> Result<Vec<String>, StoreError> {
        let mut created = Vec::new();
        for (table, status) in self.tables.iter().copied().zip(self.describe_tables().await?) {
            if !status.active {
                if self.create(table, &status.name).await? {
                    created.push(status.name.clone());
                }
                self.wait_until_active(table, &status.name).await?;
            }
            // Also for an existing table: the process that created it may not have got this far.
            self.enable_time_to_live(table, &status.name).await?;
        }
        Ok(created)
    }

    /// Returns `false` if another process is creating the table.
    async fn create(&self, table: Table, name: &str) -> Result<bool, StoreError> {
        let input: CreateTable = read(table.create)?;
        let mut call =
            self.client.create_table().table_name(name).billing_mode(BillingMode::from(input.billing_mode.as_str()));
        for element in input.key_schema {
            let element = KeySchemaElement::builder()
                .attribute_name(element.attribute_name)
                .key_type(element.key_type.as_str().into())
                .build();
            call = call.key_schema(element.map_err(|error| StoreError::Invalid(error.to_string()))?);
        }
        for attribute in input.attribute_definitions {
            let attribute = AttributeDefinition::builder()
                .attribute_name(attribute.attribute_name)
                .attribute_type(attribute.attribute_type.as_str().into())
                .build();
            call = call.attribute_definitions(attribute.map_err(|error| StoreError::Invalid(error.to_string()))?);
        }
        match call.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) => {
                Ok(false)
            }
            Err(error) => Err(self.failure("CreateTable", &error, name)),
        }
    }

    async fn wait_until_active(&self, table: Table, name: &str) -> Result<(), StoreError> {
        for _ in 0..STEPS {
            if self.status(table).await?.active {
                return Ok(());
            }
            tokio::time::sleep(STEP).await;
        }
        Err(StoreError::Unavailable(format!("the table {name} was created, but did not become active")))
    }

    /// Enables the sweeping of expired items. A server that does not support it causes only a warning, because
    /// readers check expiry themselves.
    async fn enable_time_to_live(&self, table: Table, name: &str) -> Result<(), StoreError> {
        let Some(input) = table.time_to_live else { return Ok(()) };
        if self.is_sweeping(name).await {
            return Ok(());
        }
        let input: UpdateTimeToLive = read(input)?;
        let specification = TimeToLiveSpecification::builder()
            .attribute_name(input.time_to_live_specification.attribute_name)
            .enabled(input.time_to_live_specification.enabled)
            .build()
            .map_err(|error| StoreError::Invalid(error.to_string()))?;
        let call = self.client.update_time_to_live().table_name(name).time_to_live_specification(specification);
        match call.send().await.map_err(|error| self.failure("UpdateTimeToLive", &error, name)) {
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, table = name, "the server does not delete expired items");
                Ok(())
            }
        }
    }

    /// Returns whether the server reports sweeping as enabled. Enabling it twice is an error.
    async fn is_sweeping(&self, name: &str) -> bool {
        let answer = self.client.describe_time_to_live().table_name(name).send().await;
        let status = answer.ok().and_then(|answer| answer.time_to_live_description?.time_to_live_status);
        matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling))
    }

    pub(super) async fn describe_tables(&self) -> Result<Vec<TableStatus>, StoreError> {
        let mut statuses = Vec::new();
        for table in self.tables {
            statuses.push(self.status(table).await?);
        }
        Ok(statuses)
    }

    async fn status(&self, table: Table) -> Result<TableStatus, StoreError> {
        let name = self.name(table);
        let answer = self.client.describe_table().table_name(&name).send().await;
        match answer.map_err(|error| self.failure("DescribeTable", &error, &name)) {
            Ok(answer) => {
                let found = answer.table;
                let number = |count: Option<i64>| u64::try_from(count.unwrap_or_default()).unwrap_or_default();
                Ok(TableStatus {
                    active: found.as_ref().is_some_and(|table| table.table_status == Some(WireStatus::Active)),
                    items: number(found.as_ref().and_then(|table| table.item_count)),
                    bytes: number(found.as_ref().and_then(|table| table.table_size_bytes)),
                    name,
                })
            }
            Err(StoreError::NoSuchTable(name)) => Ok(TableStatus { name, active: false, items: 0, bytes: 0 }),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn ask(&self) -> Result<(), StoreError> {
        let Some(first) = self.tables.first() else { return Ok(()) };
        match self.status(first).await? {
            TableStatus { active: true, .. } => Ok(()),
            TableStatus { name, .. } => Err(StoreError::NoSuchTable(name)),
        }
    }
}

fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::Invalid(format!("a table's definition: {error}")))
}
