package io.sparkrnn.platform;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.CatalogManager;
import org.apache.spark.sql.connector.catalog.CatalogPlugin;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.SupportsNamespaces;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.connector.catalog.V1Table;
import org.jspecify.annotations.Nullable;

/**
 * Where the name of a table leads: to a catalog, and a table's place in it. Spark tells so only through what it keeps to
 * itself, but what it keeps has been the same in all Sparks that are supported.
 *
 * @param catalog the one that has the table, or would have it
 * @param identifier its name there
 */
public record CatalogPlace(CatalogPlugin catalog, Identifier identifier) {
    private static final String SESSION_CATALOG = "spark_catalog";

    /** Follows a name as Spark does: its first part may be a catalog's, and what is not said is what the session is in. */
    public static CatalogPlace of(SparkSession session, String name) throws AnalysisException {
        List<String> parts =
                ScalaCollections.list(session.sessionState().sqlParser().parseMultipartIdentifier(name));
        CatalogManager catalogs = session.sessionState().catalogManager();
        String table = parts.get(parts.size() - 1);
        if (parts.size() == 1) {
            return new CatalogPlace(catalogs.currentCatalog(), Identifier.of(catalogs.currentNamespace(), table));
        }
        boolean named = catalogs.isCatalogRegistered(parts.get(0));
        String[] namespace = parts.subList(named ? 1 : 0, parts.size() - 1).toArray(String[]::new);
        return new CatalogPlace(
                named ? catalogs.catalog(parts.get(0)) : catalogs.currentCatalog(), Identifier.of(namespace, table));
    }

    /** Whether the catalog is the one that every session has, whose tables Spark itself writes. */
    public boolean isOfSession() {
        return catalog.name().equals(SESSION_CATALOG);
    }

    /**
     * That the name means a catalog of which Spark was not told, and what to do, for people; null where that is not so. The session's own
     * has no namespaces in others: what stands first is meant for another one.
     */
    public @Nullable String unknownCatalog() {
        String[] namespace = identifier.namespace();
        return !isOfSession() || namespace.length <= 1
                ? null
                : "there is no catalog " + namespace[0] + "; tell Spark of it with --conf spark.sql.catalog."
                        + namespace[0] + "=CLASS before --, or name a table of another catalog";
    }

    /** The name, with the catalog and the namespace before it. */
    public String fullName() {
        return namespace() + "." + identifier.name();
    }

    /** The table; null where there is none. */
    public @Nullable Table table() throws AnalysisException {
        return catalog instanceof TableCatalog tables && tables.tableExists(identifier)
                ? tables.loadTable(identifier)
                : null;
    }

    /** Whether it is files that Spark itself writes as the session's catalog says, through the older of its two ways. */
    public static boolean isOfFiles(Table table) {
        return table instanceof V1Table;
    }

    /** Whether there is a namespace to put the table into, as far as the catalog tells. */
    public boolean hasNamespace() {
        return identifier.namespace().length == 0
                || !(catalog instanceof SupportsNamespaces namespaces)
                || namespaces.namespaceExists(identifier.namespace());
    }

    /** The namespace, with the catalog's name before it. */
    public String namespace() {
        String within = String.join(".", Arrays.asList(identifier.namespace()));
        return within.isEmpty() ? catalog.name() : catalog.name() + "." + within;
    }
}
