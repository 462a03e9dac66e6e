package io.sparkrnn.job.session;

import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;

/** Names as SQL takes them. */
public final class SqlNames {
    private SqlNames() {}

    /** One that may have any character in it. */
    public static String quoted(String name) {
        return "`" + name.replace("`", "``") + "`";
    }

    /** One that is left as it is where it can be; sequence-parquet would be a subtraction. */
    public static String identifier(String name) {
        return name.matches("[A-Za-z_][A-Za-z0-9_]*") ? name : quoted(name);
    }

    /** The columns of those names, which may have dots in them. */
    public static Column[] columns(List<String> names) {
        return names.stream().map(name -> functions.col(quoted(name))).toArray(Column[]::new);
    }
}
