"""The data source of Looker Studio: fields in its words, and rows as it reads them."""
