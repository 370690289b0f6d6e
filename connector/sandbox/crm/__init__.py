"""A CRM in memory that every vendor's stand-in serves: records with histories, links, people, pipelines, fields."""
