/** What makes a file system fail at a chosen moment. A small jar of these classes goes to the driver and the executors. */
package io.sparkrnn.faults;
